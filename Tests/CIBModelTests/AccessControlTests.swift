// SPDX-License-Identifier: GPL-2.0-or-later
// Access lists: what users see and may change.
import CIBModel
import ClusterXML
import Testing

@Suite struct AccessControlTests {
    private func answer(_ request: CIBRequest) throws -> CIBAnswer {
        var cib = try exampleCIB()
        return CIBEngine.perform(request, on: &cib, wallSeconds: 0)
    }

    @Test func aUserWithoutPermissionsSeesNothing() throws {
        #expect(try answer(CIBRequest("cib_query", user: "mallory")).error == .permissionDenied)
    }

    @Test func aReaderSeesWhatIsReadableWithTheWayThere() throws {
        let seen = try #require(try answer(CIBRequest("cib_query", user: "eve")).data)
        #expect(seen.attributes.isEmpty)
        #expect(try XPath("//primitive").places(in: seen).count == 3)
        #expect(seen.first("status") == nil)
    }

    @Test func whatIsDeniedIsLeftOut() throws {
        let seen = try #require(try answer(CIBRequest("cib_query", user: "bob")).data)
        #expect(seen["epoch"] == "5")
        #expect(seen.first("configuration")?.first("acls") == nil)
    }

    @Test func writingIsAllowedOnlyWherePermitted() throws {
        let resource = XMLElement("primitive", [("id", "b"), ("description", "new")])
        #expect(try answer(CIBRequest("cib_modify", section: "resources", data: resource, user: "bob")).rc == 0)
        #expect(try answer(CIBRequest("cib_modify", section: "resources", data: resource, user: "eve")).error == .permissionDenied)
        let node = XMLElement("node", [("id", "1"), ("description", "new")])
        #expect(try answer(CIBRequest("cib_modify", section: "nodes", data: node, user: "bob")).error == .permissionDenied)
        let gone = XMLElement("acl_role", [("id", "worker")])
        #expect(try answer(CIBRequest("cib_delete", section: "acls", data: gone, user: "bob")).error == .permissionDenied)
    }

    @Test func rootAndTheClusterItselfMayDoEverything() throws {
        let node = XMLElement("node", [("id", "1"), ("description", "new")])
        #expect(try answer(CIBRequest("cib_modify", section: "nodes", data: node, user: "root")).rc == 0)
        #expect(try answer(CIBRequest("cib_modify", section: "nodes", data: node, user: "hacluster")).rc == 0)
        #expect(try answer(CIBRequest("cib_modify", section: "nodes", data: node, user: "eve", isPrivileged: true)).rc == 0)
    }

    @Test func emptyScaffoldsMayBeCreatedButNotInTheAccessLists() throws {
        let role = XMLElement("acl_role", [("id", "mine")])
        #expect(try answer(CIBRequest("cib_create", section: "acls", data: role, user: "eve")).error == .permissionDenied)
    }

    @Test func withListsOffEverybodyMayDoEverything() throws {
        var cib = try exampleCIB()
        cib.modify(at: XMLPath([0, 0, 0, 0])) { $0["value"] = "false" }
        let answer = CIBEngine.perform(
            CIBRequest("cib_delete", section: "//rsc_location", options: .xpath, user: "eve"), on: &cib, wallSeconds: 0)
        #expect(answer.rc == 0)
    }
}
