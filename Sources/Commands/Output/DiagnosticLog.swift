// SPDX-License-Identifier: GPL-2.0-or-later
// Remarks about the input as log lines on standard error, where users ask for them (cli-tools §1).
package import ClusterStatus

package enum DiagnosticLog {
    /// Prints what the verbosity lets through: errors with `PCMK_stderr=1`, one level more for each `-V`.
    package static func print(_ diagnostics: [Diagnostic], verbosity: Int) {
        let toStandardError = CIBSource.variable("PCMK_stderr").map { ["1", "yes", "true", "on"].contains($0.lowercased()) }
        guard toStandardError == true || verbosity > 0 else { return }
        let traced = CIBSource.variable("PCMK_trace_functions")?.split(separator: ",") ?? []
        for diagnostic in diagnostics {
            let isTraced = diagnostic.traceName.map { name in traced.contains { $0 == name } } ?? false
            guard isTraced || level(diagnostic.severity) <= verbosity else { continue }
            complain("\(calledAs) \t\(word(diagnostic.severity)): \(diagnostic.text)")
        }
    }

    /// Prints one error of the input.
    package static func error(_ text: String, verbosity: Int = 0) {
        print([Diagnostic(severity: .error, text: text)], verbosity: verbosity)
    }

    private static func level(_ severity: Diagnostic.Severity) -> Int {
        switch severity {
        case .error: 0
        case .warning: 1
        case .notice: 2
        case .info: 3
        }
    }

    private static func word(_ severity: Diagnostic.Severity) -> String {
        switch severity {
        case .error: "error"
        case .warning: "warning"
        case .notice: "notice"
        case .info: "info"
        }
    }
}
