// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a configuration: its form, deprecated parts, and what the scheduler says; used by crm_verify and `crm configure`.
import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling

/// What is wrong with a configuration: first its form; then, if that is right, what the scheduler says.
struct Verification {
    struct Finding {
        var severity: Diagnostic.Severity
        var text: String
        /// Says that something works now but will not for ever.
        var isDeprecation = false
        /// About what happened or will happen in the cluster, not about the configuration.
        var isHistory = false
    }

    /// What was found besides faults of form, in the order it was found.
    private(set) var findings: [Finding] = []
    private var formLines: [String] = []
    private var cannotBeRead = false
    private var isMalformed = false

    /// Checks everything.
    init(of cib: XMLElement, at now: Timestamp) {
        let validity = CIBValidator.validity(of: cib)
        self.init(ofValid: validity.isAcceptable ? cib : nil, at: now)
        guard !validity.isAcceptable else { return }
        isMalformed = true
        formLines = validity.sentences
    }

    /// Checks a CIB whose form is known to be right; nothing without one.
    /// - Parameter deciding: false to stop when options, resources and constraints are read, before anything is decided.
    init(ofValid cib: XMLElement?, at now: Timestamp, deciding: Bool = true) {
        guard let cib else { return }
        if cib["validate-with"] == "none" {
            formLines.append(
                "Schema validation of configuration is disabled (support for validate-with set to \"none\" is deprecated and will be removed in a future release)")
        }
        findings = DeprecatedForms(in: cib).remarks.map { Finding(severity: .warning, text: $0, isDeprecation: true) }
        var complete = cib
        if complete.first("status") == nil { complete.children.append(XMLElement("status")) }
        do {
            var state = ClusterState(reading: try CIBUpgrade.upgradedInMemory(complete), at: now)
            if deciding { _ = state.schedule(transitionID: 1) } else { state.unpackConstraints() }
            findings += state.diagnostics.filter { $0.severity <= .warning }.map {
                Finding(severity: $0.severity, text: $0.text, isHistory: Self.isAboutHistory($0.text))
            }
        } catch {
            cannotBeRead = true
            formLines += Self.explanation(of: error)
        }
    }

    /// Whether the cluster would not, or not fully, do what is written.
    var hasProblems: Bool { isMalformed || cannotBeRead || findings.contains { !$0.isHistory } }

    /// All of it for people, worst last.
    var lines: [String] {
        if isMalformed { return formLines + ["error: CIB did not pass schema validation"] }
        let said = findings.filter { !$0.isHistory || $0.severity == .error }
            .map { "\($0.severity == .error ? "error" : "warning"): \($0.text)" }
        let isBroken = cannotBeRead || findings.contains { $0.severity == .error && !$0.isHistory }
        return (cannotBeRead ? said + formLines : formLines + said)
            + (isBroken ? ["error: CIB did not pass schema validation"] : [])
    }

    private static func isAboutHistory(_ text: String) -> Bool {
        ["Pretending failed ", "Preventing ", "No further recovery ", "Scheduling node "].contains { text.hasPrefix($0) }
    }

    private static func explanation(of failure: CIBUpgrade.Failure) -> [String] {
        switch failure {
        case .unknownSchema(let name): CIBValidity.unknownSchema(name).sentences
        case .invalid(let problems): problems.map(\.description)
        case .cannotUpgrade(let reached, let problems):
            problems.map(\.description) + [
                "The cluster will NOT be able to use this configuration.",
                "It is valid for \(reached) but not for \(SchemaVersion.newest); please update it by hand.",
            ]
        }
    }
}
