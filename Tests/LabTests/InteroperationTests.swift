// SPDX-License-Identifier: GPL-2.0-or-later
// The whole scenario and what may befall it, with genuine Pacemaker 2.1.5 on either end of port 3121, and with ours on both.
import Foundation
import Testing

extension LabTests {
    @Suite(.serialized, .cluster(host: .ours, remotes: .ours))
    struct OursWithOurRemotes {
        let story: Story
        init() throws { story = Story(lab: try Lab.current) }

        @Test func theScenarioStarts() async throws { try await story.starts() }
        @Test func theResourceMovesAndReturns() async throws { try await story.moves() }
        @Test func theToolsWorkOnTheRemote() async throws { try await story.toolsOnTheRemote() }
        @Test("genuine tools read our CIB and agree", .enabled(if: Lab.genuineRefusal == nil, "\(Lab.genuineRefusal ?? "")"))
        func genuineToolsAgree() async throws { try await story.genuineTools() }

        @Test func aFailedResourceIsRecovered() async throws { try await story.failure() }
        @Test func aLostConnectionIsRestored() async throws { try await story.connectionLoss() }
        @Test func aLinkThatStaysDownMovesTheResource() async throws { try await story.longLoss() }
        @Test func aCrashedRemoteDaemonIsTakenBack() async throws { try await story.crash() }
        @Test func anOrderlyStopOfTheRemoteMovesItsResources() async throws { try await story.orderlyStop() }
        @Test func anOrderlyStopOfTheHostStopsEverything() async throws { try await story.hostStops() }
    }

    @Suite(.serialized, .enabled(if: Lab.genuineRefusal == nil, "\(Lab.genuineRefusal ?? "")"), .cluster(host: .ours, remotes: .genuine))
    struct OursWithGenuineRemotes {
        let story: Story
        init() throws { story = Story(lab: try Lab.current) }

        @Test func theScenarioStarts() async throws { try await story.starts() }
        @Test func theResourceMovesAndReturns() async throws { try await story.moves() }
        @Test func theToolsWorkOnTheRemote() async throws { try await story.toolsOnTheRemote() }
        @Test func aFailedResourceIsRecovered() async throws { try await story.failure() }
        @Test func aLostConnectionIsRestored() async throws { try await story.connectionLoss() }
        @Test func aCrashedRemoteDaemonIsTakenBack() async throws { try await story.crash() }
        @Test func anOrderlyStopOfTheRemoteMovesItsResources() async throws { try await story.orderlyStop() }
        @Test func anOrderlyStopOfTheHostStopsEverything() async throws { try await story.hostStops() }
    }

    @Suite(.serialized, .enabled(if: Lab.genuineRefusal == nil, "\(Lab.genuineRefusal ?? "")"), .cluster(host: .genuine, remotes: .ours))
    struct GenuineWithOurRemotes {
        let story: Story
        init() throws { story = Story(lab: try Lab.current) }

        @Test func theScenarioStarts() async throws { try await story.starts() }
        @Test func theResourceMovesAndReturns() async throws { try await story.moves() }
        @Test func theToolsWorkOnTheRemote() async throws { try await story.toolsOnTheRemote() }
        @Test func aFailedResourceIsRecovered() async throws { try await story.failure() }
        @Test func aLostConnectionIsRestored() async throws { try await story.connectionLoss() }
        @Test func aCrashedRemoteDaemonIsTakenBack() async throws { try await story.crash() }
        @Test func anOrderlyStopOfTheRemoteMovesItsResources() async throws { try await story.orderlyStop() }
        @Test func anOrderlyStopOfTheHostStopsEverything() async throws { try await story.hostStops() }
    }
}

/// What every pair of implementations goes through.
struct Story: Sendable {
    let lab: Lab

    /// Load, probe, start: all three resources, each where the configuration wants it.
    func starts() async throws {
        try await lab.scenario()
        let report = try lab.must("crm_mon -1 -Af")
        if let recording = Recording("12-crm_mon-running") {
            #expect(Recording.facts(of: report.lines) == Recording.facts(of: recording.lines))
        }
        #expect(try lab.dummyState(on: .remote1) != nil)
        #expect(try lab.dummyState(on: .remote2) == nil)
        let probe = "cibadmin -Q --xpath \"//node_state[@uname='remote2']//lrm_resource[@id='dummy-remote']\""
        #expect(try lab.must(probe).says(#"rc-code="7""#), "remote2 was asked and said that it does not run there")
    }

    func moves() async throws {
        try await lab.scenario()
        let moved = try lab.must("crm_resource -M -r dummy-remote -N remote2 -f")
        #expect(moved.says("'cli-ban-dummy-remote-on-remote1' with a score of -INFINITY for resource dummy-remote on remote1"))
        try await lab.until("dummy-remote runs on remote2") { $0.shows("dummy-remote", startedOn: "remote2") }
        #expect(try lab.dummyState(on: .remote1) == nil && lab.dummyState(on: .remote2) != nil)
        try lab.must("crm_resource --clear -r dummy-remote")
        try await lab.move(to: "remote1")
        #expect(try lab.dummyState(on: .remote1) != nil && lab.dummyState(on: .remote2) == nil)
    }

    /// Requests of tools go through the remote's proxy to the host.
    func toolsOnTheRemote() async throws {
        try await lab.scenario()
        try await lab.idle()
        let there = try lab.must(on: .remote1, "crm_mon -1")
        #expect(there.remotesOnline && there.shows("dummy-remote", startedOn: "remote1"))
        #expect(try lab.must(on: .remote1, "crm_resource -W -r dummy-remote").says("is running on: remote1"))
        #expect(try lab.must(on: .remote1, "crm_resource -l").lines.filter { !$0.isEmpty } == ["remote1", "remote2", "dummy-remote"])
        #expect(try lab.must(on: .remote1, "cibadmin -Q -o resources").says(#"<primitive id="dummy-remote""#))
        #expect(try lab.must(on: .remote1, "crmadmin -D").says("cent7-host"))
        #expect(try lab.must(on: .remote1, "crm_node -n").says("remote1"))
        try lab.must(on: .remote1, "crm_attribute -N remote1 -n colour -v red -l reboot")
        try await lab.until("the attribute is seen on the host", "crm_mon -1 -A") { $0.says("colour") && $0.says(": red") }
        #expect(try lab.must(on: .remote2, "crm_attribute -N remote1 -n colour -l reboot -G -q").says("red"))
        try lab.must(on: .remote1, "crm_attribute -N remote1 -n colour -l reboot -D")
        try lab.must(on: .remote1, "crm_resource -r dummy-remote --meta -p priority -v 7")
        #expect(try lab.must("crm_resource -r dummy-remote --meta -g priority").says("7"))
        try lab.must(on: .remote1, "crm_resource -r dummy-remote --meta -d priority")
    }

    /// Genuine 2.1.5 `crm_mon` and `crm_simulate` on the CIB of our controller, status section included.
    func genuineTools() async throws {
        try await lab.scenario()
        try await lab.idle()
        try lab.must("cibadmin -Q > /run/cib-of-ours.xml")
        let theirs = try lab.must("CIB_file=/run/cib-of-ours.xml /usr/sbin/crm_mon -1 -Arf")
        #expect(try Recording.facts(of: theirs.lines) == Recording.facts(of: lab.must("crm_mon -1 -Arf").lines))
        func scores(_ output: Output) -> [String] {
            output.lines.filter { $0.contains("allocation score") }.map { String($0.drop { " *".contains($0) }) }
        }
        let simulate = "crm_simulate -x /run/cib-of-ours.xml -s -S"
        let genuine = try lab.must("/usr/sbin/" + simulate)
        let ours = try lab.must(simulate)
        #expect(!scores(ours).isEmpty && scores(genuine) == scores(ours))
        #expect(!genuine.says(" * Start ") && !genuine.says("Executing cluster transition:\n  * "), "nothing is left to do: \(genuine)")
        let verified = try lab.run("/usr/sbin/crm_verify -x /run/cib-of-ours.xml -V")
        #expect(verified.status == 0, "\(verified)")
    }

    /// The recurring monitor finds that the resource has gone, at most its interval of 30 s later.
    func failure() async throws {
        try await lab.scenario()
        let before = try lab.dummyState(on: .remote1)
        try lab.must(on: .remote1, "rm /run/resource-agents/Dummy-dummy-remote.state")
        try await lab.until("the failure is counted and the resource runs again", within: 60, "crm_mon -1 -f") {
            $0.says("dummy-remote: migration-threshold=1000000 fail-count=1") && $0.shows("dummy-remote", startedOn: "remote1")
        }
        let after = try lab.dummyState(on: .remote1)
        #expect(after != nil && after != before)
        try lab.must("crm_resource --cleanup -r dummy-remote")
        try await lab.until("it is forgotten", "crm_mon -1 -f") { !$0.says("fail-count") && !$0.says("Failed Resource Actions") }
    }

    /// The link is down until the host has noticed; then the connection comes back and the resource runs once.
    ///
    /// A genuine 2.1.5 host recovers the connection of a node that runs nothing. Otherwise the resource's recurring monitor, which
    /// was pending, counts as failed; without fencing its next transition then holds a stop on an unclean node and ends at once,
    /// and after a cleanup it starts the connection without a stop and reads the old one's end in place of an answer. (It does
    /// the same with genuine remotes.) So for such a host the resource is elsewhere when the link goes.
    func connectionLoss() async throws {
        try await lab.scenario(dummyOn: lab.hostKind == .genuine ? "remote2" : "remote1")
        try await lab.idle()
        try lab.cut(.remote1)
        try await lab.until("the host notices", within: 60, "crm_mon -1 -f") {
            $0.says("remote1: migration-threshold=1000000 fail-count=") || $0.says("remote1 monitor on cent7-host")
        }
        try lab.heal(.remote1)
        try await lab.until("remote1 is online again and dummy-remote runs", within: 60) {
            $0.remotesOnline && $0.resourceLine("dummy-remote")?.contains(" Started remote") == true
        }
        try await lab.idle()
        let places = try [Host.remote1, .remote2].filter { try lab.dummyState(on: $0) != nil }
        #expect(places.count == 1, "it runs on one remote and on one only: \(places)")
        try lab.must("crm_resource --cleanup")
        try await lab.scenario(dummyOn: "remote2")
        try await lab.scenario(dummyOn: "remote1")
    }

    /// The link stays down for longer than a start of the connection may take: the resource is recovered elsewhere. When the link
    /// is back, so is the node, without anybody cleaning up, and what still ran there is stopped.
    func longLoss() async throws {
        try await lab.scenario()
        try await lab.idle()
        try lab.cut(.remote1)
        try await lab.until("dummy-remote runs on remote2", within: 60) { $0.shows("dummy-remote", startedOn: "remote2") }
        try lab.heal(.remote1)
        try await lab.until("remote1 is online again", within: 60) { $0.remotesOnline }
        try await lab.idle()
        try await lab.until("it runs once", within: 20) { report in
            let places = [Host.remote1, .remote2].filter { (try? lab.dummyState(on: $0)) != .some(nil) }
            return places.count == 1 && report.resourceLine("dummy-remote")?.contains(" Started remote") == true
        }
        #expect(try !lab.must("crm_mon -1 -f").says("start on cent7-host"), "the failed start is forgotten once it can succeed")
    }

    /// Killed and started again at once: the connection is made anew. What ran goes on, or is recovered, as the host decides.
    func crash() async throws {
        try await lab.scenario()
        try await lab.idle()
        try lab.signal(.remote2, "KILL")
        try lab.start(.remote2)
        try await lab.until("the loss is noticed and remote2 is back", within: 60, "crm_mon -1 -f") {
            $0.says("remote2: migration-threshold=1000000 fail-count=") && $0.remotesOnline && $0.shows("dummy-remote", startedOn: "remote1")
        }
        try lab.must("crm_resource --cleanup")
    }

    /// A remote that is asked to end says so to the host, which moves the resources away and lets it go.
    func orderlyStop() async throws {
        try await lab.scenario()
        try await lab.idle()
        try lab.stop(.remote1)
        // A genuine 2.1.5 remoted closes its connections together with its request. That is a loss, and the host first tries to
        // connect again for the 20 s that a start may take. Newer ones wait until they are let go, as ours do.
        let waits = try lab.remoteKind == .ours || !lab.must(on: .remote1, "${GENUINE_REMOTED:-/usr/sbin/pacemaker-remoted} --version").says("Pacemaker 2.1.5")
        try await lab.until("remote1 has left and dummy-remote runs on remote2", within: 60) {
            $0.says("RemoteOFFLINE: [ remote1 ]") && $0.shows("dummy-remote", startedOn: "remote2")
        }
        #expect(try (lab.dummyState(on: .remote1) == nil) == waits, "ours was stopped before the daemon ended")
        #expect(try lab.must("crm_mon -1 -f").says("Failed Resource Actions") != waits, "leaving in order is no failure")
        // What a host's end would have ended.
        try lab.must(on: .remote1, "rm -f /run/resource-agents/*")
        try await lab.readmit(.remote1)
        try await lab.until("remote1 is back", within: 60) { $0.remotesOnline }
        // Stickiness keeps the resource where it is.
        try await lab.idle()
        try await lab.until("dummy-remote is where it was", within: 10) { $0.shows("dummy-remote", startedOn: "remote2") }
    }

    func hostStops() async throws {
        try await lab.scenario()
        try lab.stop(.cluster)
        for remote in [Host.remote1, .remote2] {
            #expect(try lab.dummyState(on: remote) == nil, "the host stops what it started")
            #expect(try lab.isRunning(remote))
        }
        try lab.start(.cluster)
        try await lab.scenario()
    }
}
