// SPDX-License-Identifier: GPL-2.0-or-later
// The text of a report as a value: nested lists of styled phrases. Printed as plain text here, as a page in HTMLPrinter.

/// A phrase whose parts may carry a style. Plain text ignores styles; HTML turns them into span classes.
package struct StyledText: Sendable, Equatable, ExpressibleByStringInterpolation {
    /// Classes of the style sheet (cli-tools §5.8). `plain` makes no span.
    package enum Style: String, Sendable {
        case plain = ""
        case bold
        case online, offline, maint, standby
        case healthRed = "health_red"
        case healthYellow = "health_yellow"
        case resourceOk = "rsc-ok"
        case resourceFailed = "rsc-failed"
        case resourceFailureIgnored = "rsc-failure-ignored"
        case resourceUnmanaged = "rsc-managed"
        case resourceMultiple = "rsc-multiple"
        case warning
    }

    package struct Part: Sendable, Equatable {
        package var text: String
        package var style: Style
    }

    package var parts: [Part]

    package init(_ text: String, _ style: Style = .plain) {
        parts = [Part(text: text, style: style)]
    }

    package init(stringLiteral value: String) {
        self.init(value)
    }

    /// The phrase without styles.
    package var plain: String {
        if parts.count == 1 { return parts[0].text }
        return parts.reduce(into: "") { $0 += $1.text }
    }

    package static func + (left: StyledText, right: StyledText) -> StyledText {
        var result = left
        result.parts += right.parts
        return result
    }

    package static func += (left: inout StyledText, right: StyledText) {
        left.parts += right.parts
    }
}

/// One piece of a report's text.
package indirect enum TextBlock: Sendable, Equatable {
    /// A line at top level, an item inside a list.
    case line(StyledText)
    /// A list under a header. The header gets a colon, except `heading` decides otherwise; without a header the
    /// items are only indented one step more.
    case list(ListHeading, [TextBlock])
    /// An empty line.
    case blank

    package static func line(_ text: String) -> TextBlock { .line(StyledText(text)) }

    package static func list(_ title: String, _ items: [TextBlock]) -> TextBlock {
        .list(ListHeading(StyledText(title)), items)
    }
}

/// The header of a list.
package struct ListHeading: Sendable, Equatable {
    package var text: StyledText?
    /// Whether text output puts a colon behind the header.
    package var colon: Bool
    /// True for collective resources, which HTML shows one heading level lower.
    package var isResource: Bool

    package init(_ text: StyledText?, colon: Bool = true, isResource: Bool = false) {
        self.text = text
        self.colon = colon
        self.isResource = isResource
    }
}

/// Prints blocks as nested bullets (cli-tools §4.1).
package enum TextPrinter {
    /// - Parameter depth: how deep the blocks stand; 0 prints lines and list headers without bullets.
    package static func print(_ blocks: [TextBlock], depth: Int = 0) -> String {
        var text = ""
        append(blocks, depth: depth, to: &text)
        return text
    }

    private static func append(_ blocks: [TextBlock], depth: Int, to text: inout String) {
        for block in blocks {
            switch block {
            case .blank:
                text += "\n"
            case .line(let phrase):
                append(phrase.plain, depth: depth, to: &text)
            case .list(let heading, let items):
                if let title = heading.text {
                    append(title.plain + (heading.colon ? ":" : ""), depth: depth, to: &text)
                }
                append(items, depth: depth + 1, to: &text)
            }
        }
    }

    private static func append(_ line: String, depth: Int, to text: inout String) {
        if depth > 0 {
            for _ in 0..<depth { text += "  " }
            text += "* "
        }
        text += line
        text += "\n"
    }
}
