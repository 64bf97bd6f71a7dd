// SPDX-License-Identifier: GPL-2.0-or-later
// Which command a typed word means: exact, unique beginning, unique letters in this order (crm-configure.md section 1).

enum WordMatch {
    case exact(String)
    /// Not exact but the only one that fits.
    case guessed(String)
    case none

    static func find(_ word: String, among names: [String]) -> WordMatch {
        if names.contains(word) { return .exact(word) }
        guard !word.isEmpty else { return .none }
        let lowered = word.lowercased()
        let prefixed = names.filter { $0.lowercased().hasPrefix(lowered) }
        if prefixed.count == 1 { return .guessed(prefixed[0]) }
        guard prefixed.isEmpty else { return .none }
        let ordered = names.filter { containsInOrder($0.lowercased(), lowered) }
        return ordered.count == 1 ? .guessed(ordered[0]) : .none
    }

    private static func containsInOrder(_ name: String, _ letters: String) -> Bool {
        var rest = letters.unicodeScalars[...]
        for scalar in name.unicodeScalars where scalar == rest.first { rest.removeFirst() }
        return rest.isEmpty
    }
}
