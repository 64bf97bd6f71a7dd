// SPDX-License-Identifier: GPL-2.0-or-later
// Changing a running cluster safely: seen before, refused when the state has changed, taken back, reverted; and who may not.
import Foundation
import Glibc
import Testing

extension FaultTests {
    @Suite final class SafeChange {
        private let cluster: DaemonCluster

        init() throws { cluster = try DaemonCluster.running(remotes: 0) }

        /// The controller's own facts aside, what `show` says.
        private func shown() throws -> String { try cluster.must("crm", "configure", "show") }

        private func crm(_ words: String...) throws -> Output { try cluster.tool(["crm", "configure"] + words) }

        private func commit(_ words: String, _ statements: String) throws -> Output {
            try cluster.tool("crm", "-F", "configure", input: "\(statements)\ncommit \(words)\n")
        }

        /// The name of the plan that `configure plan` prints.
        private func name(in output: Output) throws -> String {
            let line = output.out.split(separator: "\n").first { $0.hasPrefix("Plan ") }
            return try String(#require(line, "\(output)").dropFirst(5))
        }

        @Test func aPlanShowsTheDifferenceAndWhatWouldHappenAndChangesNothing() throws {
            let before = try cluster.fingerprint()
            let plan = try crm("plan", "primitive", "d", "ocf:fault:Witness", "op", "monitor", "interval=9")
            #expect(plan.status == 0, "\(plan)")
            #expect(plan.out.contains("+ primitive d ocf:fault:Witness") && plan.out.contains("Start      d"), "\(plan)")
            let json = try crm("plan", "--json", "primitive", "d", "ocf:fault:Witness", "op", "monitor", "interval=9")
            let object = try JSONSerialization.jsonObject(with: Data(json.out.utf8)) as? [String: Any]
            #expect(object?["plan"] as? String == (try name(in: plan)), "the same change has the same name")
            let changes = object?["changes"] as? [[String: Any]]
            #expect(changes?.map { $0["operation"] as? String } == ["create"] && changes?.first?["id"] as? String == "d", "\(json)")
            #expect((object?["actions"] as? [[String: Any]])?.count == 1, "\(json)")
            let dry = try commit("--dry-run", "primitive d ocf:fault:Witness op monitor interval=9\nproperty batch-limit=7")
            #expect(dry.out.contains("+ primitive d ocf:fault:Witness") && dry.out.contains("batch-limit=7"), "\(dry)")
            #expect(dry.err.contains("nothing was committed"), "the end of input commits, but not what was only looked at: \(dry)")
            let data = try commit("--dry-run --json", "property batch-limit=7")
            #expect(data.out.contains("\"operation\": \"modify\""), "\(data)")
            #expect(try cluster.fingerprint() == before)
        }

        @Test func aPlanIsCarriedOutByNameAndOnlyWhileTheStateIsTheSame() throws {
            let plan = try name(in: crm("plan", "primitive", "d", "ocf:fault:Witness"))
            let done = try crm("commit", "--plan", plan)
            #expect(done.status == 0, "\(done)")
            #expect(try shown().contains("primitive d ocf:fault:Witness"))
            try cluster.wait("d runs") { try cluster.isStarted("d", on: DaemonCluster.host) }

            // Another configuration.
            let second = try name(in: crm("plan", "delete", "-f", "d"))
            try cluster.must("crm", "configure", "property", "batch-limit=9")
            let before = try cluster.fingerprint()
            let refused = try crm("commit", "--plan", second)
            #expect(refused.status == 1 && refused.err.contains("has changed since plan \(second)"), "\(refused)")
            #expect(try cluster.fingerprint() == before)

            // The same configuration, another state: what is planned would do something else.
            try cluster.must("crm", "-F", "configure", "delete", "-f", "d")
            let third = try name(in: crm("plan", "primitive", "e", "ocf:fault:Witness"))
            try cluster.must("crm_attribute", "-N", DaemonCluster.host, "-n", "standby", "-v", "on", "-l", "reboot")
            try cluster.wait("standby") { try cluster.status().contains("standby") }
            let late = try crm("commit", "--plan", third)
            #expect(late.status == 1 && late.err.contains("the state of the cluster has changed"), "\(late)")
            #expect(!(try shown().contains("primitive e")))
            let unknown = try crm("commit", "--plan", "000000000000")
            #expect(unknown.status == 1 && unknown.err.contains("there is no plan"), "\(unknown)")
        }

        @Test func whatIsNotConfirmedIsTakenBackAndWhatIsConfirmedStays() throws {
            let before = try shown()
            let given = try commit("--confirm 1", "property batch-limit=11")
            #expect(given.err.contains("taken back in 1s"), "\(given)")
            try cluster.wait("taken back") { try shown() == before }

            #expect(try commit("--confirm 600", "property batch-limit=12").status == 0)
            cluster.kill(DaemonCluster.host)
            try cluster.start(DaemonCluster.host)
            try cluster.wait("the controller answers") { try cluster.tool("crm_mon", "-1").status == 0 }
            #expect(try shown().contains("batch-limit=12"), "its time is not over")
            #expect(try crm("confirm").err.contains("confirmed"))
            #expect(try crm("confirm").err.contains("no commit waits"))
            #expect(try shown().contains("batch-limit=12"))
        }

        @Test func historyShowsWhatWasChangedAndLeadsBack() throws {
            let first = try shown()
            try cluster.load("primitive d ocf:fault:Witness\n")
            try cluster.must("crm", "configure", "property", "batch-limit=13")
            let history = try cluster.must("crm", "configure", "history").split(separator: "\n").map(String.init)
            #expect(history.last?.contains("~cib-bootstrap-options") == true && history.dropLast().last?.contains("+d") == true, "\(history)")
            let number = try #require(history.dropLast().last?.prefix { $0.isNumber })
            let difference = try cluster.must("crm", "configure", "diff", String(number))
            #expect(difference.contains("+ primitive d ocf:fault:Witness") && difference.contains("batch-limit=13"), "\(difference)")
            let plan = try crm("plan", "revert", String(number))
            #expect(plan.out.contains("- primitive d ocf:fault:Witness"), "\(plan)")
            #expect(try crm("revert", String(number)).status == 0)
            #expect(try shown() == first)
            #expect(try crm("revert", "99999").status == 1)
        }
    }

    @Suite(.enabled(if: geteuid() == 0 && getgrnam("haclient") != nil && getpwnam("games") != nil, "needs root, the group haclient and the user games"))
    final class Forbidden {
        private let cluster: DaemonCluster

        init() throws {
            cluster = try DaemonCluster.running(remotes: 0)
            chmod(cluster.folder, 0o755)
            try cluster.load("""
                primitive d ocf:fault:Witness
                property enable-acl=true
                role reader read xpath:"/cib"
                acl_target games reader

                """)
        }

        /// Runs a tool as a user who may use the cluster but change nothing.
        private func asReader(_ words: [String]) throws -> Output {
            let tool = "\(cluster.folder)/bin/\(words[0])"
            return try run(
                "/usr/bin/setpriv", ["--reuid", "games", "--regid", "haclient", "--clear-groups", tool] + words.dropFirst(),
                environment: cluster.environment(of: DaemonCluster.host).merging(["HOME": "/nonexistent"]) { $1 })
        }

        @Test(arguments: [
            ["attrd_updater", "-n", "x", "-U", "1"], ["crm_resource", "-C"], ["crm_resource", "-C", "-r", "d"], ["crm_resource", "-R"],
            ["crm_attribute", "-n", "batch-limit", "-v", "5"], ["crm_standby", "-v", "on"], ["cibadmin", "-D", "-o", "resources", "-X", "<primitive id=\"d\"/>"],
            ["crm_resource", "-r", "d", "-m", "-p", "target-role", "-v", "Stopped"], ["crm_resource", "-M", "-r", "d"],
        ])
        func whatAccessListsForbidExitsWithFour(words: [String]) throws {
            let before = try cluster.fingerprint()
            let output = try asReader(words)
            #expect(output.status == 4 && output.err.contains("Permission denied"), "\(words): \(output)")
            #expect(try cluster.fingerprint() == before)
            #expect(try cluster.tool("attrd_updater", "-n", "x", "-Q").status != 0)
        }

        @Test func whatTheyAllowWorks() throws {
            #expect(try asReader(["cibadmin", "-Q", "-o", "resources"]).out.contains("id=\"d\""))
            #expect(try asReader(["crm_mon", "-1"]).status == 0)
            let refused = try asReader(["crm", "configure", "property", "batch-limit=3"])
            #expect(refused.status == 1 && refused.err.contains("Permission denied"), "\(refused)")
        }
    }
}
