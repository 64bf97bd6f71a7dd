// SPDX-License-Identifier: GPL-2.0-or-later
// The role table is a contract: names are unique and select what they say.
import Commands
import Testing

@Suite struct RoleTableTests {
    @Test func everyNameSelectsOneRole() {
        let names = roleTable.flatMap(\.allNames)
        #expect(Set(names).count == names.count)
    }

    @Test func aLinkNameWinsOverTheFirstArgument() throws {
        let invocation = try #require(Invocation(argv: ["/usr/sbin/list-roles", "install-links"]))
        #expect(invocation.role.name == "list-roles")
        #expect(invocation.arguments == ["install-links"])
    }

    @Test func theFirstArgumentSelectsARole() throws {
        let invocation = try #require(Invocation(argv: ["./clusterctl", "list-roles", "--names"]))
        #expect(invocation.role.name == "list-roles")
        #expect(invocation.arguments == ["--names"])
    }

    @Test(arguments: roleTable.map(\.name))
    func everyRoleExplainsItself(name: String) throws {
        let role = try #require(Role.named(name))
        #expect(!role.summary.isEmpty)
        #expect(role.help.contains("--"))
    }
}
