// SPDX-License-Identifier: GPL-2.0-or-later
// The sections of the cluster status and how --include and --exclude choose among them (cli-tools §5.2).

/// Parts of the status report.
package struct StatusSections: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    private static func bit(_ number: UInt32) -> StatusSections { StatusSections(rawValue: 1 << number) }

    package static let stack = bit(0)
    package static let dc = bit(1)
    package static let times = bit(2)
    package static let counts = bit(3)
    package static let options = bit(4)
    package static let nodes = bit(5)
    package static let resources = bit(6)
    package static let attributes = bit(7)
    package static let failcounts = bit(8)
    package static let operations = bit(9)
    package static let fencingFailed = bit(10)
    package static let fencingPending = bit(11)
    package static let fencingSucceeded = bit(12)
    package static let tickets = bit(13)
    package static let bans = bit(14)
    package static let failures = bit(15)
    package static let maintenanceMode = bit(16)

    package static let summary: StatusSections = [.stack, .dc, .times, .counts, .maintenanceMode]
    package static let fencing: StatusSections = [.fencingFailed, .fencingPending, .fencingSucceeded]
    package static let all = StatusSections(rawValue: (1 << 17) - 1)

    /// What `all` means: text keeps the options out unless they are named.
    package static func everything(structured: Bool) -> StatusSections {
        structured ? .all : .all.subtracting(.options)
    }

    /// What is shown without any choice.
    package static func standard(structured: Bool) -> StatusSections {
        structured ? .all : [.summary, .nodes, .resources, .failures]
    }

    fileprivate static let named: [(name: String, sections: StatusSections)] = [
        ("attributes", .attributes), ("bans", .bans), ("counts", .counts), ("dc", .dc), ("failcounts", .failcounts),
        ("failures", .failures), ("fencing", .fencing), ("fencing-failed", .fencingFailed),
        ("fencing-pending", .fencingPending), ("fencing-succeeded", .fencingSucceeded),
        ("maint-mode", .maintenanceMode), ("nodes", .nodes), ("operations", .operations), ("options", .options),
        ("resources", .resources), ("stack", .stack), ("summary", .summary), ("tickets", .tickets), ("times", .times),
    ]
}

/// The choice of sections, changed option by option from left to right.
package struct SectionChoice: Sendable, Equatable {
    package private(set) var sections: StatusSections
    /// Only negative location constraints whose ids begin with this are shown; empty shows all.
    package private(set) var banPrefix = ""
    private let structured: Bool
    private let standard: StatusSections

    /// - Parameters:
    ///   - structured: for XML and JSON, which show everything unless told otherwise.
    ///   - live: the cluster itself is asked, so that failed and pending fencing can be shown.
    package init(structured: Bool, live: Bool) {
        self.structured = structured
        var standard = StatusSections.standard(structured: structured)
        if live { standard.formUnion([.fencingFailed, .fencingPending]) }
        self.standard = standard
        sections = standard
    }

    package mutating func insert(_ more: StatusSections) { sections.formUnion(more) }
    package mutating func remove(_ unwanted: StatusSections) { sections.subtract(unwanted) }

    package mutating func showBans(prefix: String) {
        sections.insert(.bans)
        if !prefix.isEmpty { banPrefix = prefix }
    }

    /// An unknown word in a list of sections, with the text that lists the known ones.
    package struct UnknownSection: Error, Equatable {
        package let message: String

        package init(message: String) {
            self.message = message
        }
    }

    /// Applies the value of one `--include`.
    package mutating func include(_ list: String) throws(UnknownSection) {
        for word in list.split(separator: ",") {
            switch word {
            case "all": sections = .everything(structured: structured)
            case "default": sections.formUnion(standard)
            case "none": sections = []
            case _ where word.hasPrefix("bans:"): showBans(prefix: String(word.dropFirst(5)))
            default: sections.formUnion(try known(word, option: "include"))
            }
        }
    }

    /// Applies the value of one `--exclude`.
    package mutating func exclude(_ list: String) throws(UnknownSection) {
        for word in list.split(separator: ",") {
            switch word {
            case "all": sections = []
            case "none": sections = .everything(structured: structured)
            default: sections.subtract(try known(word, option: "exclude"))
            }
        }
    }

    private func known(_ word: Substring, option: String) throws(UnknownSection) -> StatusSections {
        for entry in StatusSections.named where entry.name == word { return entry.sections }
        throw UnknownSection(message: "--\(option) options: \(Self.words(option).joined(separator: ", "))")
    }

    private static func words(_ option: String) -> [String] {
        var words = StatusSections.named.map { $0.name == "bans" && option == "include" ? "bans[:PREFIX]" : $0.name }
        words += option == "include" ? ["all", "default", "none"] : ["all", "none"]
        return words.sorted()
    }
}
