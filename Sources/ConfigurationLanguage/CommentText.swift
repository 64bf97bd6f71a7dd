// SPDX-License-Identifier: GPL-2.0-or-later
// Remarks of a statement file as XML comments and back (crm-configure.md section 2).
import ClusterXML

/// Remarks as XML comments. `--` and a final `-` are not allowed there and are stored in an escaped form.
enum CommentText {
    private static let mark = "\u{2060}"

    /// The comments of an object; lines that occur again are left out.
    static func elements(_ lines: [String]) -> [XMLElement] {
        var seen = Set<String>()
        return lines.filter { seen.insert($0).inserted }.map(element)
    }

    static func element(_ line: String) -> XMLElement {
        var text = ""
        for character in line.unicodeScalars {
            if character == "-", text.unicodeScalars.last == "-" { text += mark }
            text.unicodeScalars.append(character)
        }
        if text.hasSuffix("-") { text += mark }
        return .comment(text)
    }

    /// The lines to show for a comment.
    static func lines(_ comment: XMLElement) -> [String] {
        var text = ""
        for character in comment.text.unicodeScalars where character != "\u{2060}" { text.unicodeScalars.append(character) }
        return text.split(separator: "\n", omittingEmptySubsequences: true).map { line in
            var trimmed = String(line.drop { $0 == " " || $0 == "\t" })
            while trimmed.hasSuffix(" ") || trimmed.hasSuffix("\t") { trimmed.removeLast() }
            return trimmed.hasPrefix("#") ? trimmed : "# \(trimmed)"
        }
    }
}
