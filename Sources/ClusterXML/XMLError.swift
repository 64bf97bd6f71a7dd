// SPDX-License-Identifier: GPL-2.0-or-later
// What can be wrong with an XML text.

/// Why a text is no XML that we take, with the line to look at.
package struct XMLError: Error, Equatable, Sendable, CustomStringConvertible {
    /// One sentence without a line number.
    package var message: String
    /// The line of the text, counted from 1; 0 if none applies.
    package var line: Int

    package init(message: String, line: Int) {
        self.message = message
        self.line = line
    }

    package var description: String { line > 0 ? "line \(line): \(message)" : message }
}
