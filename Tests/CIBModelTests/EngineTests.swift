// SPDX-License-Identifier: GPL-2.0-or-later
// Requests on a CIB: what changes, what is answered, how versions count.
import CIBModel
import ClusterXML
import Testing

@Suite struct EngineTests {
    private func perform(_ request: CIBRequest, on cib: inout XMLElement) -> CIBAnswer {
        CIBEngine.perform(request, on: &cib, wallSeconds: 1_795_426_455)
    }

    private func dummy(_ id: String) -> XMLElement {
        XMLElement("primitive", [("id", id), ("class", "ocf"), ("provider", "pacemaker"), ("type", "Dummy")])
    }

    @Test func creatingAnObjectCountsTheEpochUpAndNotesTheTime() throws {
        var cib = try exampleCIB()
        let answer = perform(CIBRequest("cib_create", section: "resources", data: dummy("x"), client: "cibadmin", origin: "one"), on: &cib)
        #expect(answer.rc == 0 && answer.change == .configuration)
        #expect(CIBVersion(of: cib) == CIBVersion(adminEpoch: 0, epoch: 6, updates: 0))
        #expect(cib["cib-last-written"] == "Mon Nov 23 09:34:15 2026")
        #expect(cib["update-client"] == "cibadmin" && cib["update-origin"] == "one")
        #expect(try XPath("//primitive[@id='x']").places(in: cib).count == 1)
    }

    @Test func aPatchIsNotedAsItsSendersChange() throws {
        var cib = try exampleCIB()
        var after = cib
        after["epoch"] = "6"
        after.children[0].children[0].children.append(XMLElement("cluster_property_set", [("id", "x")]))
        let patch = try #require(CIBPatch.diff(from: cib, to: after))
        let answer = perform(CIBRequest("cib_apply_diff", data: patch, user: "root", client: "crm", origin: "one"), on: &cib)
        #expect(answer.rc == 0 && cib["epoch"] == "6")
        #expect(cib["update-client"] == "crm" && cib["update-user"] == "root" && cib["cib-last-written"] == "Mon Nov 23 09:34:15 2026")
    }

    @Test func creatingWhatExistsFailsAndChangesNothing() throws {
        var cib = try exampleCIB()
        let before = cib
        let answer = perform(CIBRequest("cib_create", section: "resources", data: dummy("a")), on: &cib)
        #expect(answer.error == .exists)
        #expect(answer.data?.first("failed_update")?["reason"] == "File exists")
        #expect(cib == before)
    }

    @Test func changingOnlyStatusCountsUpdatesAndIsNotCheckedAgainstTheGrammar() throws {
        var cib = try exampleCIB()
        let answer = perform(CIBRequest("cib_create", section: "status", data: XMLElement("odd", [("id", "1")])), on: &cib)
        #expect(answer.rc == 0 && answer.change == .status)
        #expect(CIBVersion(of: cib) == CIBVersion(adminEpoch: 0, epoch: 5, updates: 3))
    }

    @Test func modifyMergesAttributesAndChildren() throws {
        var cib = try exampleCIB()
        let update = XMLElement("primitive", [("id", "a"), ("description", "first")])
        #expect(perform(CIBRequest("cib_modify", section: "resources", data: update), on: &cib).rc == 0)
        let changed = try XPath("//primitive[@id='a']").first(in: cib)
        #expect(changed?["description"] == "first" && changed?["type"] == "Dummy")
        #expect(changed?.first("operations") != nil)
    }

    @Test func modifyOfWhatIsNotThereFailsUnlessItMayBeCreated() throws {
        var cib = try exampleCIB()
        #expect(perform(CIBRequest("cib_modify", section: "resources", data: dummy("x")), on: &cib).error == .noSuchObject)
        #expect(perform(CIBRequest("cib_modify", section: "resources", options: .canCreate, data: dummy("x")), on: &cib).rc == 0)
    }

    @Test func scoresAreComputedWhenAsked() throws {
        var cib = try exampleCIB()
        _ = perform(CIBRequest("cib_modify", options: .scoreUpdate, data: XMLElement("cib", [("admin_epoch", "admin_epoch+=2")])), on: &cib)
        #expect(cib["admin_epoch"] == "2")
        _ = perform(CIBRequest("cib_modify", options: .scoreUpdate, data: XMLElement("cib", [("admin_epoch", "admin_epoch++")])), on: &cib)
        #expect(cib["admin_epoch"] == "3")
    }

    @Test func loweringAVersionIsRefused() throws {
        var cib = try exampleCIB()
        #expect(perform(CIBRequest("cib_modify", data: XMLElement("cib", [("epoch", "4")])), on: &cib).error == .oldData)
        var older = cib
        older["epoch"] = "3"
        #expect(perform(CIBRequest("cib_replace", data: older), on: &cib).error == .oldData)
        #expect(cib["epoch"] == "5")
    }

    @Test func deleteNeedsNameAndAllAttributesAndFindingNothingIsNoError() throws {
        var cib = try exampleCIB()
        let before = cib
        let wrong = XMLElement("primitive", [("id", "b"), ("class", "lsb")])
        #expect(perform(CIBRequest("cib_delete", section: "resources", data: wrong), on: &cib).rc == 0)
        #expect(cib == before)
        cib.children[0].children.removeAll { $0.name == "constraints" }
        cib.children[0].children.append(XMLElement("constraints"))
        #expect(perform(CIBRequest("cib_delete", data: XMLElement("primitive", [("id", "b")])), on: &cib).rc == 0)
        #expect(try XPath("//primitive[@id='b']").places(in: cib).isEmpty)
    }

    @Test func deletingByXPathTakesOneOrAll() throws {
        var cib = try exampleCIB()
        cib["validate-with"] = "none"
        #expect(perform(CIBRequest("cib_delete", section: "//primitive", options: .xpath), on: &cib).rc == 0)
        #expect(try XPath("//primitive").places(in: cib).count == 2)
        #expect(perform(CIBRequest("cib_delete", section: "//primitive", options: [.xpath, .multiple]), on: &cib).rc == 0)
        #expect(try XPath("//primitive").places(in: cib).isEmpty)
    }

    @Test func whatWouldNotBeValidIsRefusedWithReasons() throws {
        var cib = try exampleCIB()
        let before = cib
        let answer = perform(CIBRequest("cib_create", section: "resources", data: XMLElement("primitive", [("id", "x")])), on: &cib)
        #expect(answer.error == .notValid)
        #expect(!answer.details.isEmpty)
        #expect(cib == before)
    }

    @Test func queriesAnswerWithSectionsMatchesAndAddresses() throws {
        var cib = try exampleCIB()
        #expect(perform(CIBRequest("cib_query", section: "nodes"), on: &cib).data?.name == "nodes")
        #expect(perform(CIBRequest("cib_query", section: "nosuch"), on: &cib).error == .noSuchObject)
        #expect(perform(CIBRequest("cib_query", section: "//node", options: .xpath), on: &cib).data?.children.count == 2)
        let addresses = perform(CIBRequest("cib_query", section: "//op", options: [.xpath, .xpathAddress]), on: &cib).data
        #expect(addresses?.children.first?.id == "/cib/configuration/resources/primitive[@id='a']/operations/op[@id='a-monitor']")
    }

    @Test func eraseEmptiesAndBumpCounts() throws {
        var cib = try exampleCIB()
        #expect(perform(CIBRequest("cib_bump"), on: &cib).rc == 0)
        #expect(cib["epoch"] == "6")
        #expect(perform(CIBRequest("cib_erase"), on: &cib).rc == 0)
        #expect(cib["admin_epoch"] == "1")
        #expect(try XPath("//primitive").places(in: cib).isEmpty)
    }

    @Test func aTransactionDoesAllOrNothing() throws {
        func command(_ operation: String, _ data: XMLElement) -> XMLElement {
            XMLElement(
                "cib_command", [("cib_op", operation), ("cib_section", "resources")],
                children: [XMLElement("cib_calldata", children: [data])])
        }
        var cib = try exampleCIB()
        let before = cib
        let failing = XMLElement("cib_transaction", children: [command("cib_create", dummy("x")), command("cib_create", dummy("a"))])
        #expect(perform(CIBRequest("cib_commit_transact", data: failing), on: &cib).error == .exists)
        #expect(cib == before)
        let sound = XMLElement("cib_transaction", children: [command("cib_create", dummy("x")), command("cib_create", dummy("y"))])
        #expect(perform(CIBRequest("cib_commit_transact", data: sound), on: &cib).rc == 0)
        #expect(cib["epoch"] == "6")
    }

    @Test func aDryRunAnswersButChangesNothing() throws {
        var cib = try exampleCIB()
        let before = cib
        #expect(perform(CIBRequest("cib_create", section: "resources", options: .dryRun, data: dummy("x")), on: &cib).rc == 0)
        #expect(cib == before)
    }

    @Test func versionsThatCannotBeCountedOnFromAreCutShort() throws {
        var cib = try exampleCIB()
        for name in ["admin_epoch", "epoch", "num_updates"] { cib[name] = "\(Int.max)" }
        let version = CIBVersion(of: cib)
        #expect(CIBVersion(adminEpoch: version.adminEpoch + 1, epoch: version.epoch + 1, updates: version.updates + 1) > version)
    }

    @Test func anUpgradeStartsTheVersionsAnew() throws {
        var cib = try exampleCIB()
        cib["validate-with"] = "pacemaker-3.9"
        #expect(perform(CIBRequest("cib_upgrade"), on: &cib).rc == 0)
        #expect(cib["validate-with"] == "pacemaker-4.0")
        #expect(CIBVersion(of: cib) == CIBVersion(adminEpoch: 1, epoch: 1, updates: 2))
        #expect(perform(CIBRequest("cib_upgrade"), on: &cib).error == .schemaUnchanged)
    }
}
