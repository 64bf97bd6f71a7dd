// SPDX-License-Identifier: GPL-2.0-or-later
// One run of crm_simulate: read, change, decide, execute on paper, show (scheduler §26.2).
import CIBModel
import ClusterStatus
import ClusterXML
import Glibc
import Reports
import Scheduling

struct Simulation {
    let options: CrmSimulate
    let out: ToolOutput
    private let source: SimulationSource
    private var now = Timestamp(epoch: 0)
    /// Whether reading the file decided something that was told.
    private var haveNotes = false
    /// Whether something was shown, so that a blank line comes before what is shown next.
    private var haveShown = false

    init(_ options: CrmSimulate, _ out: ToolOutput) throws {
        self.options = options
        self.out = out
        source = SimulationSource(options)
    }

    mutating func run() throws {
        var cib = try source.read()
        let wall = Int64(time(nil))
        now = try SimulationSource.effectiveTime(options, cib, wall: wall)
        if let path = options.saveInput, options.events.areEmpty { try TextOutput.write(cib.serializedBytes(.indented), to: path) }
        var state = readState(cib)
        showDate(cib)
        showNotes(&state)
        showStatus(state, isRevised: false)
        if options.events.areEmpty {
            if options.events.quorum != nil, !out.isStructured {
                out.error("--quorum is ignored: it only counts together with another event, such as --node-up")
            }
        } else {
            separate()
            var status = PaperStatus(cib, entersNodes: !options.events.up.isEmpty)
            Injection(options.events, wall: wall).apply(to: &status, state, out, quiet: options.quiet)
            cib = status.cib
            showDate(cib)
            if let path = options.saveInput { try TextOutput.write(cib.serializedBytes(.indented), to: path) }
            state = readState(cib)
            showNotes(&state)
        }
        if options.process { try decide(&state, &cib, wall) }
        if let path = options.saveOutput { try TextOutput.write(cib.serializedBytes(.indented), to: path) }
        // The process ends now and takes the memory with it; to free a million small pieces one by one would take longer
        // than many decisions.
        _ = Unmanaged.passRetained(Kept(state, cib))
    }

    /// Holds what need not be freed any more.
    private final class Kept {
        let state: ClusterState
        let cib: XMLElement

        init(_ state: ClusterState, _ cib: XMLElement) {
            self.state = state
            self.cib = cib
        }
    }

    private func readState(_ cib: XMLElement, isSimulation: Bool = true) -> ClusterState {
        let state = ClusterState(reading: cib, at: now, isSimulation: isSimulation)
        DiagnosticLog.print(state.diagnostics, verbosity: options.verbose)
        return state
    }

    // MARK: Deciding

    private mutating func decide(_ state: inout ClusterState, _ cib: inout XMLElement, _ wall: Int64) throws {
        state.placement.showScores = options.showScores
        state.actions.wantsAllRelations = options.allActions
        state.placement.showUtilization = options.showUtilization
        let explained = try recordExplained(&state)
        let known = state.diagnostics.count
        let before = haveNotes ? nil : RevisedStatus(state, options, out)
        let transition = state.schedule(transitionID: 1)
        DiagnosticLog.print(Array(state.diagnostics.dropFirst(known)), verbosity: options.verbose)
        showScores(state)
        if let (resource, node) = explained { explain(resource, node, state) }
        if let path = options.saveGraph { try TextOutput.write(to: path) { TransitionXML.write(transition, to: $0) } }
        if let path = options.saveDotfile {
            try TextOutput.write(to: path) {
                TransitionDot.write(state, all: options.allActions, numbers: options.verbose > 0, to: $0)
            }
        }
        let summary = state.summarizeTransition()
        showSummary(summary)
        guard options.simulate else { return }
        separate()
        var execution = PaperExecution(
            transition, on: PaperStatus(cib, entersNodes: !options.events.up.isEmpty), failures: options.events.failures.compactMap(PretendedFailure.init), time: wall)
        execution.run(state)
        show(execution)
        cib = execution.status.cib
        if options.inPlace { try source.store(cib) }
        if let before, !execution.changedStatus { showRevised(before, cib) } else { showRevised(cib) }
    }

    /// What the status will be shown as if the transition changes nothing: kept, because the decision works on the state.
    private struct RevisedStatus {
        let text: String
        let diagnostics: [Diagnostic]

        init?(_ state: ClusterState, _ options: CrmSimulate, _ out: ToolOutput) {
            guard options.simulate, !options.quiet, !out.isStructured else { return nil }
            text = Simulation.statusText(state, options, isRevised: true)
            diagnostics = state.diagnostics
        }
    }

    private func showRevised(_ status: RevisedStatus, _ cib: XMLElement) {
        DiagnosticLog.print(status.diagnostics, verbosity: options.verbose)
        showDate(cib)
        out.line()
        out.raw(status.text)
    }

    private mutating func showRevised(_ cib: XMLElement) {
        guard !options.quiet else { return }
        // What comes out of it is looked at without digests of public parameters: nothing is decided any more.
        var revised = readState(cib, isSimulation: false)
        showDate(cib)
        showNotes(&revised)
        out.line()
        showStatus(revised, isRevised: true)
    }

    // MARK: Showing

    private func showDate(_ cib: XMLElement) {
        guard !options.quiet, !out.isStructured else { return }
        if let text = options.events.time {
            out.info("Setting effective cluster time: \(text)")
        } else if let date = SimulationSource.date(of: cib) {
            out.info("Using the original execution date of: \(date.text())")
        }
    }

    /// A blank line between what was shown and what follows, even if that is nothing because of `-Q`.
    private mutating func separate() {
        if haveShown, !out.isStructured { out.line() }
        haveShown = true
    }

    private mutating func showStatus(_ state: ClusterState, isRevised: Bool) {
        guard !options.quiet else { return }
        haveShown = true
        if out.isStructured {
            let elements = StatusReport(state, show: Self.statusOptions(options, isRevised: isRevised)).elements()
            out.result(XMLElement(isRevised ? "revised_cluster_status" : "cluster_status", children: elements))
            return
        }
        if !isRevised, state.options.maintenanceMode {
            out.raw(
                "\n              *** Resource management is DISABLED ***\n  The cluster will not attempt to start, stop or recover services\n\n")
        }
        if !isRevised, state.disabledCount > 0 || state.blockedCount > 0 {
            out.line(
                "\(state.disabledCount) of \(state.instanceCount) resource instances DISABLED and \(state.blockedCount) BLOCKED from further action due to failure")
            out.line()
        }
        out.raw(Self.statusText(state, options, isRevised: isRevised))
    }

    /// What programs are told about the cluster. What is under way is part of the status, and none of that after the transition.
    static func statusOptions(_ options: CrmSimulate, isRevised: Bool) -> StatusOptions {
        var show = StatusOptions()
        show.inactive = true
        show.pending = !isRevised
        show.sections = [.nodes, .resources]
        if options.showAttrs { show.sections.insert(.attributes) }
        if options.showFailcounts { show.sections.formUnion([.failcounts, .failures]) }
        return show
    }

    private static func statusText(_ state: ClusterState, _ options: CrmSimulate, isRevised: Bool) -> String {
        StatusReport.simulationText(
            state, title: isRevised ? "Revised Cluster Status" : "Current cluster status", pending: !isRevised,
            attributes: options.showAttrs, failcounts: options.showFailcounts)
    }

    private mutating func showScores(_ state: ClusterState) {
        guard options.showScores || options.showUtilization else { return }
        if out.isStructured {
            let elements = state.scoreElements
            let name = switch (options.showScores, options.showUtilization) {
            case (true, true): "allocations_utilizations"
            case (true, false): "allocations"
            default: "utilizations"
            }
            if !elements.isEmpty { out.result(XMLElement(name, children: elements)) }
            return
        }
        separate()
        if options.quiet, options.showScores {
            return out.raw { write in
                for line in state.scoreLines { write("\(line)\n") }
            }
        }
        let title = switch (options.showScores, options.showUtilization) {
        case (true, true): "Assignment Scores and Utilization Information"
        case (true, false): "Assignment Scores"
        default: "Utilization Information"
        }
        out.line("\(title):")
        out.raw { write in
            var notes = options.quiet ? [] : state.decisionNotes[...]
            for (position, line) in state.scoreLines.enumerated() {
                while let note = notes.first, note.position <= position {
                    write("\(note.text)\n")
                    notes.removeFirst()
                }
                write("  * \(line)\n")
            }
            for note in notes { write("\(note.text)\n") }
        }
    }

    /// Lines about what reading the file decided.
    private mutating func showNotes(_ state: inout ClusterState) {
        haveNotes = !state.decisionNotes.isEmpty
        if !options.quiet, !out.isStructured { out.raw(state.decisionNotes.map { "\($0.text)\n" }.joined()) }
        state.decisionNotes = []
    }

    // MARK: Explaining

    /// Asks placement to account for the resource of `--explain`.
    private func recordExplained(_ state: inout ClusterState) throws -> (ResourceIndex, NodeIndex?)? {
        guard let id = options.explain else { return nil }
        guard let resource = state.findResource(id) else {
            throw CommandFailure(.noSuchObject, "crm_simulate: Resource '\(id)' not found")
        }
        var node: NodeIndex?
        if let name = options.explainNode {
            guard let found = state.node(named: name) else {
                throw CommandFailure(.noSuchObject, "crm_simulate: Node '\(name)' not found")
            }
            node = found
        }
        state.recordScores(of: resource)
        return (resource, node)
    }

    private func explain(_ resource: ResourceIndex, _ node: NodeIndex?, _ state: ClusterState) {
        let explanations = state.explainPlacement(of: resource, on: node)
        if out.isStructured {
            out.result(XMLElement("explanation", children: explanations.map(\.element)))
        } else {
            for explanation in explanations { out.raw(explanation.text + "\n") }
        }
    }

    private func showSummary(_ summary: TransitionSummary) {
        guard !options.quiet else { return }
        if out.isStructured {
            out.result(XMLElement("actions", children: SummaryElements.elements(summary)))
            return
        }
        out.line()
        out.line("Transition Summary:")
        out.raw(summary.lines.map { "  * \($0)\n" }.joined())
    }

    private func show(_ execution: PaperExecution) {
        defer { reportUnfinished(execution) }
        guard !options.quiet else { return }
        if out.isStructured {
            out.result(XMLElement("transition", children: execution.events.compactMap(\.element)))
        } else {
            out.line("Executing Cluster Transition:")
            var text = ""
            for event in execution.events { text += (event.isRemark ? "" : "  * ") + "\(event.text)\n" }
            out.raw(text)
        }
    }

    /// A transition that cannot be carried out to its end is a failure of the scheduler, so scripts have to see it.
    private func reportUnfinished(_ execution: PaperExecution) {
        guard !execution.isComplete else { return }
        for text in ["Transition failed: terminated", "An invalid transition was produced"] {
            if out.isStructured { out.error(text) } else { complain(text) }
        }
        out.status = .error
    }
}
