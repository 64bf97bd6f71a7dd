// SPDX-License-Identifier: GPL-2.0-or-later
// The text by which a result finds the action that asked for it (spec: remote-protocol 8.2).

/// `ACTION:TRANSITION:TARGETRC:UUID`.
package struct TransitionKey: Sendable, Equatable {
    package var action: Int
    package var transition: Int
    package var targetRC: Int
    /// Identifies the transition engine that asked; 36 characters.
    package var engine: String

    package init(action: Int, transition: Int, targetRC: Int, engine: String) {
        self.action = action
        self.transition = transition
        self.targetRC = targetRC
        self.engine = engine
    }

    /// - Returns: nil unless the text has four parts and the first three are numbers.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let action = Int(parts[0]), let transition = Int(parts[1]), let rc = Int(parts[2]) else { return nil }
        self.init(action: action, transition: transition, targetRC: rc, engine: String(parts[3]))
    }

    package var text: String {
        // The engine part is padded as in every recorded key, so that texts compare equal.
        "\(action):\(transition):\(targetRC):\(engine)"
    }
}
