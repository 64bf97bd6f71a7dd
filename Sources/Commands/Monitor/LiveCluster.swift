// SPDX-License-Identifier: GPL-2.0-or-later
// What crm_mon asks a running cluster for, beside the CIB: state of the daemons, this node's name, fencing history.
import CIBModel
import Client
import ClusterXML
import Reports

enum LiveCluster {
    /// - Throws: exit status 102 without a cluster.
    static func connect() throws -> ClusterClient {
        do {
            return try ClusterClient.connect(as: calledAs)
        } catch {
            throw failure(error)
        }
    }

    static func fetch(_ client: ClusterClient, fencing: Bool) throws -> (XMLElement, LiveFacts?) {
        do {
            let cib = try client.queryCIB()
            var facts = LiveFacts()
            if let state = try? client.launcherState() {
                let word = state["crmd_state"] ?? state["state"] ?? "running"
                facts.daemonStateWord = word
                facts.daemonState = describe(word)
                facts.daemonStateTime = state["crm-tstamp"].flatMap { Int64($0) }
            }
            facts.localNode = try? client.controller("node-info", timeout: 5).first?["uname"]
            if fencing, let history = try? client.fencer("st_fence_history", timeout: 10) {
                facts.fencing = events(history)
            }
            return (try CIBReading.upgraded(cib), facts)
        } catch let error as ClientError {
            throw failure(error)
        } catch let error as CIBAccessError {
            throw CommandFailure(error.exitCode, "\(calledAs): Connection to cluster failed: \(error.text)")
        }
    }

    static func failure(_ error: ClientError) -> CommandFailure {
        switch error {
        case .timeout: CommandFailure(.timeout, "\(calledAs): \(error.text)")
        case .refused(-13): CommandFailure(.insufficientPrivileges, "\(calledAs): Error performing operation: \(error.text)")
        default: CommandFailure(.disconnected, "\(calledAs): Connection to cluster failed: \(error.text)")
        }
    }

    private static func describe(_ word: String) -> String {
        switch word {
        case "running": "Pacemaker is running"
        case "init": "Pacemaker is initializing"
        case "starting_daemons": "Pacemaker daemons are starting"
        case "wait_for_ping": "Waiting for startup trigger from SBD"
        case "shutting_down": "Pacemaker daemons are shutting down"
        case "shutdown_complete": "Pacemaker daemons are shut down (reporting to SBD)"
        case "remote": "pacemaker-remoted is running (on a Pacemaker Remote node)"
        default: "Pacemaker state is unknown"
        }
    }

    /// The events in an answer of the fencer.
    private static func events(_ answer: XMLElement) -> [FencingEvent] {
        var found: [FencingEvent] = []
        collect(answer, &found)
        return found
    }

    private static func collect(_ element: XMLElement, _ found: inout [FencingEvent]) {
        guard element.name == "st_execute" || element.name == "st_execute_history" else {
            for child in element.elements { collect(child, &found) }
            return
        }
        let outcome: FencingEvent.Outcome = switch element["st_state"] {
        case "2": .success
        case "4": .failed
        default: .pending
        }
        found.append(
            FencingEvent(
                action: element["st_device_action"] ?? "", target: element["st_target"] ?? "",
                client: element["st_clientname"] ?? "", origin: element["st_origin"] ?? "", delegate: element["st_delegate"],
                outcome: outcome, completed: element["st_date"].flatMap { Int64($0) } ?? 0,
                completedNanoseconds: element["st_date_nsec"].flatMap { Int64($0) } ?? 0, exitReason: element["exit-reason"]))
    }
}
