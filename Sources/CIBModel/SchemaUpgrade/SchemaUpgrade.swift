// SPDX-License-Identifier: GPL-2.0-or-later
// Raising a CIB to a newer grammar (spec: cib-schema sections 2 and 3). The transformations are in one file a step.
package import ClusterXML

/// Something an upgrade did that people may want to know.
package struct UpgradeNote: Sendable, Equatable, CustomStringConvertible {
    package enum Severity: String, Sendable {
        case warning = "WARNING"
        case info = "INFO"
        case debug = "DEBUG"
    }
    package var severity: Severity
    package var text: String

    package var description: String { "\(severity.rawValue): \(text)" }
}

/// What became of a CIB that was to be upgraded.
package struct SchemaUpgrade: Sendable {
    /// The document, with `validate-with` set to the version reached.
    package private(set) var cib: XMLElement
    /// The version it started from.
    package let from: SchemaVersion
    /// The newest version the document is valid for; nil if it is valid neither for the one it names nor for a newer one.
    package private(set) var reached: SchemaVersion?
    /// Every step tried, in order: the version, and whether the document was valid for it.
    package private(set) var trail: [(version: SchemaVersion, isValid: Bool)] = []
    /// The versions that were reached by a transformation.
    package private(set) var transformed: [SchemaVersion] = []
    package private(set) var notes: [UpgradeNote] = []
    /// Why the step that failed did not work; empty after success.
    package private(set) var problems: [GrammarProblem] = []

    /// Walks upwards as far as the document allows.
    /// - Parameters:
    ///   - limit: the last version that may be taken.
    ///   - transforming: whether transformations may be used; without, only versions the text is valid for as it is.
    package init(_ document: XMLElement, from start: SchemaVersion, upTo limit: SchemaVersion = .newest, transforming: Bool = true) {
        cib = document
        from = start
        if limit == .newest, takeAll(from: start) { return }
        var version: SchemaVersion? = start
        var firstProblems: [GrammarProblem]?
        while let candidate = version, candidate <= limit {
            // A document that is not valid for the version it names may be for a newer one.
            let isTaken = take(candidate, transforming: transforming)
            if firstProblems == nil { firstProblems = problems }
            guard isTaken || reached == nil else { break }
            version = candidate.next
        }
        if reached == nil, let firstProblems { problems = firstProblems }
        if let reached { cib["validate-with"] = reached.name }
    }

    /// The usual case with fewer checks: what is valid for its own version, for 3.0 if it is older than that, and for
    /// the newest one is valid for all between, because only 3.0 and 4.0 took something away that an older one had.
    private mutating func takeAll(from start: SchemaVersion) -> Bool {
        let versions = SchemaVersion.all.filter { $0 >= start }
        var checked = [start, .newest]
        if start < SchemaVersion(3, 0) { checked.append(SchemaVersion(3, 0)) }
        // 3.9 describes dates anew: it may refuse what 3.8 takes and a document that is valid for 4.0 passes both.
        guard start >= SchemaVersion(2, 0), start != .newest else { return false }
        for version in checked {
            guard CIBValidator(version, maximumProblems: 1).problems(in: cib).isEmpty else { return false }
        }
        trail = versions.map { ($0, true) }
        reached = .newest
        cib["validate-with"] = SchemaVersion.newest.name
        return true
    }

    private mutating func take(_ version: SchemaVersion, transforming: Bool) -> Bool {
        var candidate = cib
        candidate["validate-with"] = version.name
        problems = CIBValidator(version, maximumProblems: 20).problems(in: candidate)
        if problems.isEmpty {
            trail.append((version, true))
            reached = version
            return true
        }
        guard transforming, let reached, let step = SchemaUpgrade.step(from: reached, to: version) else {
            trail.append((version, false))
            return false
        }
        var notes: [UpgradeNote] = []
        candidate = cib
        step(&candidate, &notes)
        candidate["validate-with"] = version.name
        problems = CIBValidator(version, maximumProblems: 20).problems(in: candidate)
        self.notes += notes
        trail.append((version, problems.isEmpty))
        guard problems.isEmpty else { return false }
        cib = candidate
        self.reached = version
        transformed.append(version)
        return true
    }

    private typealias Step = (inout XMLElement, inout [UpgradeNote]) -> Void

    private static func step(from: SchemaVersion, to: SchemaVersion) -> Step? {
        switch (from, to) {
        case (SchemaVersion(1, 3), SchemaVersion(2, 0)): return { AccessListUpgrade.apply(to: &$0, notes: &$1) }
        case (SchemaVersion(2, 10), SchemaVersion(3, 0)): return { OldNamesUpgrade.apply(to: &$0, notes: &$1) }
        case (SchemaVersion(3, 10), SchemaVersion(4, 0)): return { RemovalsUpgrade.apply(to: &$0, notes: &$1) }
        default: return nil
        }
    }
}

/// A CIB as tools and the scheduler use it: raised to the newest grammar in memory, never written back.
package enum CIBUpgrade {
    /// Why a CIB cannot be used.
    package enum Failure: Error, Sendable, Equatable {
        case unknownSchema(String?)
        /// Not valid for the version it names.
        case invalid([GrammarProblem])
        /// Valid, but a transformation did not lead to a valid document.
        case cannotUpgrade(reached: SchemaVersion, [GrammarProblem])
    }

    /// The CIB at the newest version. Valid newest CIBs and those with `validate-with="none"` come back as they are.
    /// - Parameter notes: receives what transformations changed.
    package static func upgradedInMemory(
        _ cib: XMLElement, notes: inout [UpgradeNote]
    ) throws(Failure) -> XMLElement {
        guard let name = cib["validate-with"] else { throw .unknownSchema(nil) }
        if name == "none" { return cib }
        guard let version = SchemaVersion(name: name) else { throw .unknownSchema(name) }
        let upgrade = SchemaUpgrade(cib, from: version)
        notes += upgrade.notes
        guard let reached = upgrade.reached else { throw .invalid(upgrade.problems) }
        guard reached == .newest else { throw .cannotUpgrade(reached: reached, upgrade.problems) }
        return upgrade.cib
    }

    /// The same without the notes.
    package static func upgradedInMemory(_ cib: XMLElement) throws(Failure) -> XMLElement {
        var notes: [UpgradeNote] = []
        return try upgradedInMemory(cib, notes: &notes)
    }
}

/// Raises CIBs one after the other and remembers the last configuration: as long as only the status changes, which is
/// nearly always, nothing needs to be checked or transformed again.
package struct CIBUpgradeMemory: Sendable {
    private var known: (schema: String, configuration: XMLElement, upgraded: XMLElement)?

    package init() {}

    /// The CIB at the newest version, as `CIBUpgrade.upgradedInMemory` gives it.
    /// - Throws: what that throws; nothing is remembered then.
    package mutating func upgraded(_ cib: XMLElement) throws(CIBUpgrade.Failure) -> XMLElement {
        guard let schema = cib["validate-with"], let index = cib.children.firstIndex(where: { $0.name == "configuration" }) else {
            return try CIBUpgrade.upgradedInMemory(cib)
        }
        // Trees that share storage are equal without being walked.
        if let known, known.schema == schema, known.configuration == cib.children[index] {
            var result = cib
            result.children[index] = known.upgraded
            if schema != "none" { result["validate-with"] = SchemaVersion.newest.name }
            return result
        }
        known = nil
        let result = try CIBUpgrade.upgradedInMemory(cib)
        if let configuration = result.first("configuration") { known = (schema, cib.children[index], configuration) }
        return result
    }
}
