// SPDX-License-Identifier: GPL-2.0-or-later
// The fencer's processes: what was asked of an agent, and what its answer means.
import ClusterXML
import Messages

extension Fencer {
    @discardableResult
    mutating func launch(
        _ agent: String, _ input: String, _ purpose: Purpose, limit: Duration, at now: Now, into effects: inout [FencerEffect]
    ) -> ProcessID {
        let id = ProcessID(nextProcess)
        nextProcess += 1
        let path = agent.hasPrefix("/") ? agent : "\(agentDirectory)/\(agent)"
        var request = ProcessRequest(id: id, choices: [ProgramChoice(path, [])])
        request.standardInput = Array(input.utf8)
        runs.append(Run(id: id, purpose: purpose))
        effects.append(.spawn(request))
        effects.append(.setTimer(.agent(id), at: now.monotonic + limit))
        return id
    }

    /// Whether the process is one of this fencer's.
    package func owns(_ id: ProcessID) -> Bool { runs.contains { $0.id == id } }

    package mutating func processFinished(_ id: ProcessID, _ outcome: ProcessOutcome, at now: Now, into effects: inout [FencerEffect]) {
        guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
        let run = runs.remove(at: index)
        effects.append(.cancelTimer(.agent(id)))
        let succeeded = outcome.ending == .exited(0)
        let output = String(decoding: outcome.standardOutput, as: UTF8.self)
        switch run.purpose {
        case .metaData(let agent): learned(agent, output)
        case .list(let device):
            if let position = devices.firstIndex(where: { $0.id == device }) {
                devices[position].listed = succeeded ? FenceDevice.names(inList: output) : []
                devices[position].listedAt = now.monotonic
            }
            answered(device: device, at: now, into: &effects)
        case .status(let device, let operation):
            // 0: on, 2: off; anything else means that the device does not know the node.
            if outcome.ending == .exited(0) || outcome.ending == .exited(2),
                let position = operations.firstIndex(where: { $0.id == operation })
            { operations[position].confirmed.append(device) }
            answered(device: device, at: now, into: &effects)
        case .step(let operation):
            if succeeded {
                stepDone(operation, at: now, into: &effects)
            } else {
                if let position = operations.firstIndex(where: { $0.id == operation }) {
                    operations[position].lastReason = Self.reason(run, outcome)
                    operations[position].lastStatus = run.timedOut ? 2 : Self.status(outcome)
                }
                stepFailed(operation, timedOut: run.timedOut, at: now, into: &effects)
            }
        case .delegated(let process):
            effects.append(.delegateFinished(process, DelegateOutcome(
                status: run.timedOut ? .timeout : succeeded ? .done : Self.status(outcome) == 7 ? .notInstalled : .error,
                rc: succeeded ? 0 : Self.status(outcome) == 7 ? 5 : 1, exitReason: succeeded ? nil : Self.reason(run, outcome))))
        }
    }

    mutating func learned(_ agent: String, _ output: String) {
        guard let root = try? XMLParser.parse(metaData: Array(output.utf8)) else { return }
        let data = FenceAgentMetaData(root)
        metaData[agent] = data
        for index in devices.indices where devices[index].agent == agent { devices[index].metaData = data }
    }

    static func status(_ outcome: ProcessOutcome) -> Int {
        if case .notStarted = outcome.ending { return ExecutionStatus.notInstalled.rawValue }
        return ExecutionStatus.error.rawValue
    }

    static func reason(_ run: Run, _ outcome: ProcessOutcome) -> String {
        if run.timedOut { return "Fence agent did not complete in time" }
        let text = String(decoding: outcome.standardError, as: UTF8.self).split(separator: "\n").last.map(String.init)
        switch outcome.ending {
        case .exited(let code): return text ?? "Fence agent exited with status \(code)"
        case .signaled(let signal): return "Fence agent was killed by signal \(signal)"
        case .notStarted: return "Fence agent could not be started"
        case .secretsUnavailable: return "Secrets are not available"
        }
    }

    package mutating func timerFired(_ timer: FencerTimer, at now: Now, into effects: inout [FencerEffect]) {
        switch timer {
        case .delay(let id): runStep(id, at: now, into: &effects)
        case .agent(let process):
            guard let index = runs.firstIndex(where: { $0.id == process }) else { return }
            runs[index].timedOut = true
            effects.append(.kill(process))
        case .deadline(let id):
            guard let index = operations.firstIndex(where: { $0.id == id }) else { return }
            if let process = operations[index].process {
                runs.removeAll { $0.id == process }
                effects += [.cancelTimer(.agent(process)), .kill(process)]
            }
            operations[index].lastReason = "Fencing did not complete in time"
            operations[index].lastStatus = ExecutionStatus.timeout.rawValue
            fail(id, at: now, into: &effects)
        }
    }
}
