// SPDX-License-Identifier: GPL-2.0-or-later
// A role's help text as a manual page: the same words in one place, so that neither can grow old.

/// Turns the text of `--help` into roff.
struct ManPage {
    let name: String
    let summary: String
    let help: String
    /// Other names of the role.
    var aliases: [String] = []

    /// Stands in every page of ours, so that it is known from another package's.
    static let sign = "Made by 'clusterctl man-pages'"

    /// Options stand two columns in, what they do begins at this column or on lines of its own.
    private static let descriptionColumn = 26

    /// The page for section 8.
    func roff() -> String {
        var text = ".\\\" \(Self.sign) from the program's own help.\n"
        text += ".TH \"\(Self.escaped(name.uppercased()))\" 8 \"\" \"clusterctl\" \"System Administration\"\n"
        text += ".SH NAME\n\(Self.escaped(name)) \\- \(Self.escaped(summary))\n"
        text += sections()
        if !aliases.isEmpty {
            text += ".SH ALIASES\nThe same role is called by the names \(Self.escaped(aliases.joined(separator: ", "))).\n"
        }
        return text + ".SH EXIT STATUS\n0 for success; otherwise a number that \\fBcrm_error \\-X \\-l \\-n\\fR explains.\n.SH SEE ALSO\n\\fBclusterctl list\\-roles\\fR, \\fBcrm_mon\\fR(8), \\fBcrm\\fR(8), \\fBpacemakerd\\fR(8), \\fBpacemaker\\-remoted\\fR(8)\n"
    }

    private func sections() -> String {
        var synopsis = ""
        var text = ""
        var body: [Substring] = []
        var title = "DESCRIPTION"
        func flush() {
            let section = body.contains { !$0.isEmpty } ? ".SH \(title)\n" + Self.paragraphs(body) : ""
            if title == "SYNOPSIS" { synopsis += section } else { text += section }
            body = []
        }
        for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
            if let (heading, rest) = Self.heading(line) {
                flush()
                title = heading == "USAGE" ? "SYNOPSIS" : heading == "OVERVIEW" ? "DESCRIPTION" : heading
                if !rest.isEmpty { body.append(rest) }
            } else {
                body.append(line)
            }
        }
        flush()
        return synopsis + text
    }

    /// `OPTIONS:` and the like at the beginning of a line, and what follows on it.
    private static func heading(_ line: Substring) -> (String, Substring)? {
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { return nil }
        let word = line[..<colon].uppercased()
        guard ["OVERVIEW", "USAGE", "OPTIONS", "ARGUMENTS", "SUBCOMMANDS"].contains(word) || line[..<colon] == word,
            word.allSatisfy({ $0.isLetter || $0 == " " })
        else { return nil }
        let rest = line[line.index(after: colon)...]
        return (word, rest.drop { $0 == " " })
    }

    private static func paragraphs(_ lines: [Substring]) -> String {
        var text = ""
        for line in lines {
            let indent = line.prefix { $0 == " " }.count
            if line.isEmpty {
                text += ".PP\n"
            } else if indent == 2, line.dropFirst(2).first == "-" || line.dropFirst(2).first == "<" {
                text += entry(line)
            } else if indent >= descriptionColumn {
                text += escaped(String(line.drop { $0 == " " })) + "\n"
            } else if indent > 0 {
                text += ".br\n\\ \\ " + escaped(String(line.drop { $0 == " " })) + "\n"
            } else {
                text += escaped(String(line)) + "\n"
            }
        }
        return text
    }

    /// An option and, where it fits beside it, the beginning of what it does.
    private static func entry(_ line: Substring) -> String {
        let words = line.dropFirst(2)
        var gap = words.startIndex
        while gap < words.endIndex {
            let next = words.index(after: gap)
            if words[gap] == " ", next < words.endIndex, words[next] == " " { break }
            gap = next
        }
        var option = words[..<gap]
        var description = words[gap...].drop { $0 == " " }
        // With a single blank between them the column tells them apart.
        let column = descriptionColumn - 3
        if description.isEmpty, option.count > column, option[option.index(option.startIndex, offsetBy: column)] == " " {
            let split = option.index(option.startIndex, offsetBy: column)
            description = option[option.index(after: split)...]
            option = option[..<split]
        }
        return ".TP\n\\fB\(escaped(String(option)))\\fR\n" + (description.isEmpty ? "" : escaped(String(description)) + "\n")
    }

    /// Protects what roff would take as its own.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "…": result += "..."
            default: result.append(character)
            }
        }
        if let first = result.first, first == "." || first == "'" { result = "\\&" + result }
        return result
    }
}
