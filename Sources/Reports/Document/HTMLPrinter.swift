// SPDX-License-Identifier: GPL-2.0-or-later
// Report text as one HTML page that needs nothing from anywhere else (cli-tools §5.8).

/// How a page is made from report text.
package struct HTMLPage: Sendable {
    package var title = "Cluster Status"
    /// URI of a style sheet to load after the built-in one.
    package var stylesheet: String?
    /// Prints the header that a web server expects of a CGI program before the page.
    package var asCGI = false
    /// Seconds after which browsers load the page again.
    package var refresh: Int?

    package init() {}

    /// The page with `blocks` as its body and `errors` below them.
    package func print(_ blocks: [TextBlock], errors: [String] = []) -> String {
        var text = asCGI ? "Content-Type: text/html\n\n" : ""
        text += "<!DOCTYPE html>\n<html>\n<head>\n<title>\(escaped(title))</title>\n<meta charset=\"utf-8\">\n"
        if let refresh { text += "<meta http-equiv=\"refresh\" content=\"\(refresh)\">\n" }
        text += "<style>\n\(Self.builtInStyle)</style>\n"
        if let stylesheet {
            text += "<link rel=\"stylesheet\" href=\"\(escaped(stylesheet))\">\n"
        }
        text += "</head>\n<body>\n"
        for block in blocks { append(block, depth: 0, to: &text) }
        if !errors.isEmpty {
            text += "<h2>Errors</h2>\n<ul>\n"
            for error in errors { text += "<li>\(escaped(error))</li>\n" }
            text += "</ul>\n"
        }
        return text + "</body>\n</html>\n"
    }

    private func append(_ block: TextBlock, depth: Int, to text: inout String) {
        switch block {
        case .blank:
            break
        case .line(let phrase):
            let tag = depth == 0 ? "p" : "li"
            text += "<\(tag)>\(spans(phrase))</\(tag)>\n"
        case .list(let heading, let items):
            // A list inside a list has to be an item of it, or the page is not valid.
            if depth > 0 { text += "<li>\n" }
            if let title = heading.text {
                text += depth == 0 ? "<h2>\(spans(title))</h2>\n" : heading.isResource
                    ? "<h3>\(spans(title))</h3>\n" : "\(spans(title))\n"
            }
            if !items.isEmpty {
                text += "<ul>\n"
                for item in items { append(item, depth: depth + 1, to: &text) }
                text += "</ul>\n"
            }
            if depth > 0 { text += "</li>\n" }
        }
    }

    private func spans(_ phrase: StyledText) -> String {
        phrase.parts.reduce(into: "") { text, part in
            if part.style == .plain {
                text += escaped(part.text)
            } else {
                text += "<span class=\"\(part.style.rawValue)\">\(escaped(part.text))</span>"
            }
        }
    }

    private func escaped(_ value: String) -> String {
        var text = ""
        FramePrinter.appendEscaped(value, inAttribute: true, to: &text)
        return text
    }

    private static let builtInStyle = """
        .bold { font-weight: bold }
        .online { color: green }
        .offline { color: red }
        .maint { color: blue }
        .standby { color: blue }
        .health_red { color: red }
        .health_yellow { color: GoldenRod }
        .rsc-failed { color: red }
        .rsc-failure-ignored { color: DarkGreen }
        .rsc-managed { color: blue }
        .rsc-multiple { color: orange }
        .rsc-ok { color: green }
        .warning { color: red; font-weight: bold }

        """
}
