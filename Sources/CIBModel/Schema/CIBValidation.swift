// SPDX-License-Identifier: GPL-2.0-or-later
// Whether a CIB is valid for the version it names (spec: cib-schema sections 1.1 and 7).
package import ClusterXML

/// What a check against the grammar found.
package enum CIBValidity: Sendable, Equatable {
    case valid
    /// `validate-with="none"`: nothing was checked.
    case unchecked
    /// `validate-with` is missing or names no version we know.
    case unknownSchema(String?)
    case invalid([GrammarProblem])

    /// Whether the document may be used.
    package var isAcceptable: Bool { self == .valid || self == .unchecked }

    /// The findings as sentences, for people.
    package var sentences: [String] {
        switch self {
        case .valid, .unchecked: []
        case .unknownSchema(nil): ["<cib>: the attribute 'validate-with' is missing"]
        case .unknownSchema(let name?):
            ["<cib>: validate-with=\"\(name)\" names no schema that is supported; the newest is \(SchemaVersion.newest)"]
        case .invalid(let problems): problems.map(\.description)
        }
    }
}

/// Checks CIBs against the grammar of a version. Keep one for several checks of the same version.
package final class CIBValidator {
    package let version: SchemaVersion
    private let validator: GrammarValidator

    package init(_ version: SchemaVersion, maximumProblems: Int = 100) {
        self.version = version
        validator = GrammarValidator(CIBGrammar(version).grammar, maximumProblems: maximumProblems)
    }

    /// The problems of a CIB for this version, whatever its `validate-with` says.
    package func problems(in cib: XMLElement) -> [GrammarProblem] { validator.problems(in: cib) }

    /// Checks a CIB against the version it names.
    /// - Parameter maximumProblems: how many problems are looked for; 1 is quickest for a yes or no.
    package static func validity(of cib: XMLElement, maximumProblems: Int = 100) -> CIBValidity {
        guard let name = cib["validate-with"] else { return .unknownSchema(nil) }
        if name == "none" { return .unchecked }
        guard let version = SchemaVersion(name: name) else { return .unknownSchema(name) }
        let problems = CIBValidator(version, maximumProblems: maximumProblems).problems(in: cib)
        return problems.isEmpty ? .valid : .invalid(problems)
    }
}
