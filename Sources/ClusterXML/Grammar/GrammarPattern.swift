// SPDX-License-Identifier: GPL-2.0-or-later
// Describes which documents are valid. The vocabulary is that of RELAX NG, so the same description can be
// printed as RELAX NG (RelaxNGText) and followed natively (GrammarMachine).

/// Which values an attribute may have.
package enum GrammarType: Hashable, Sendable {
    /// Anything, the empty value too.
    case text
    /// A name without colon, unique among all attributes of this type in the document.
    case id
    /// A name without colon that some attribute of type `id` has.
    case reference
    case integer, nonNegativeInteger, positiveInteger
    /// `true`, `false`, `1` or `0`.
    case boolean
    /// An integer or INFINITY with an optional sign.
    case score
    /// One of these words.
    case oneOf([String])
    /// Anything but these words.
    case noneOf([String])
    /// One or more digits and hyphens, such as a range of ports.
    case digitsAndHyphens
    /// Comma separated names of letters, digits, `_`, `.` and `-`.
    case nameList
}

/// A set of valid contents. Attributes stand among the children, as in RELAX NG.
package indirect enum GrammarPattern: Sendable {
    case empty
    case notAllowed
    /// Any attributes, elements and text at any depth.
    case anything
    case attribute(String, GrammarType)
    /// An element and its content.
    case element(String, GrammarPattern)
    /// A named definition of the grammar; the only way to recurse.
    case named(String)
    /// In this order.
    case sequence([GrammarPattern])
    /// In any order.
    case interleave([GrammarPattern])
    case choice([GrammarPattern])
    case oneOrMore(GrammarPattern)

    package static func optional(_ pattern: GrammarPattern) -> GrammarPattern { .choice([pattern, .empty]) }
    package static func zeroOrMore(_ pattern: GrammarPattern) -> GrammarPattern { .choice([.oneOrMore(pattern), .empty]) }
}

/// A whole grammar: where to start and the named definitions.
package struct Grammar: Sendable {
    package var start: GrammarPattern
    package var definitions: [String: GrammarPattern]

    package init(start: GrammarPattern, definitions: [String: GrammarPattern]) {
        self.start = start
        self.definitions = definitions
    }
}
