// SPDX-License-Identifier: GPL-2.0-or-later
// Raising CIBs to the newest grammar.
import CIBModel
import ClusterXML
import Testing

@Suite struct UpgradeTests {
    private func upgraded(_ version: String, _ change: (inout XMLElement) -> Void) throws -> (cib: XMLElement, upgrade: SchemaUpgrade) {
        var cib = try exampleCIB()
        cib["validate-with"] = version
        change(&cib)
        let upgrade = SchemaUpgrade(cib, from: try #require(SchemaVersion(name: version)))
        return (upgrade.cib, upgrade)
    }

    private func find(_ xpath: String, _ cib: XMLElement) throws -> XMLElement? { try XPath(xpath).first(in: cib) }

    @Test func aDocumentThatIsValidAllTheWayOnlyGetsANewName() throws {
        let (cib, upgrade) = try upgraded("pacemaker-3.0") { _ in }
        #expect(cib["validate-with"] == "pacemaker-4.0")
        #expect(upgrade.transformed.isEmpty)
        #expect(cib.children == (try exampleCIB()).children)
    }

    @Test func aDocumentThatIsNotValidForItsOwnVersionStaysAsItIs() throws {
        let (_, upgrade) = try upgraded("pacemaker-3.0") { $0.children[0].children[2].children[0]["class"] = nil }
        #expect(upgrade.reached == nil)
        #expect(!upgrade.problems.isEmpty)
    }

    @Test func oldAccessListsBecomeRolesAndTargets() throws {
        let (cib, upgrade) = try upgraded("pacemaker-1.3") { cib in
            cib.modify(at: XMLPath([0, 4])) { acls in
                acls.children = [
                    XMLElement("acl_user", [("id", "u1")], children: [XMLElement("role_ref", [("id", "r1")])]),
                    XMLElement("acl_user", [("id", "u2")], children: [
                        XMLElement("read", [("id", "u2-1"), ("xpath", "//nvpair"), ("attribute", "value")]),
                        XMLElement("deny", [("id", "u2-2"), ("ref", "a")]),
                    ]),
                    XMLElement("acl_role", [("id", "r1")], children: [XMLElement("write", [("id", "r1-1"), ("tag", "primitive")])]),
                ]
            }
        }
        #expect(upgrade.transformed == [SchemaVersion(2, 0)])
        #expect(try find("//acl_target[@id='u1']/role[@id='r1']", cib) != nil)
        #expect(try find("//acl_target[@id='u2']/role[@id='auto-u2']", cib) != nil)
        #expect(try find("//acl_permission[@id='u2-1']", cib)?["xpath"] == "//nvpair[@value]")
        #expect(try find("//acl_permission[@id='u2-2']", cib)?["reference"] == "a")
        #expect(try find("//acl_permission[@id='r1-1']", cib)?["object-type"] == "primitive")
    }

    @Test func promotableClonesOfTheOldKindKeepTheirMeaning() throws {
        let (cib, upgrade) = try upgraded("pacemaker-3.9") { $0.children[0].children[2].children[2].name = "master" }
        #expect(upgrade.transformed == [SchemaVersion(4, 0)])
        let meta = try #require(try find("//clone[@id='c']/meta_attributes", cib))
        #expect(meta["score"] == "INFINITY" && meta.first("nvpair")?["name"] == "promotable")
    }

    @Test func pingNodesBecomeMembersThatNothingMayRunOn() throws {
        let (cib, _) = try upgraded("pacemaker-3.9") { $0.children[0].children[1].children[1]["type"] = "ping" }
        #expect(try find("//node[@id='2']", cib)?["type"] == "member")
        #expect(try find("//rsc_location[@id='pcmk__3_10_upgrade-ping-node-ban-two']", cib)?["score"] == "-INFINITY")
    }

    @Test func aLifetimeBecomesARuleBesideTheNode() throws {
        let (cib, upgrade) = try upgraded("pacemaker-3.9") { cib in
            cib.modify(at: XMLPath([0, 3, 0])) { location in
                location.children = [
                    XMLElement("lifetime", children: [
                        XMLElement("rule", [("id", "r")], children: [
                            XMLElement("date_expression", [("id", "r-e"), ("operation", "lt"), ("end", "2030-01-01")])
                        ])
                    ])
                ]
            }
        }
        #expect(upgrade.reached == .newest)
        let location = try #require(try find("//rsc_location[@id='l']", cib))
        #expect(location["node"] == nil && location["score"] == nil)
        let rule = try #require(location.first("rule"))
        #expect(rule["boolean-op"] == "and")
        #expect(rule.children[0]["score"] == "100")
        #expect(rule.children[0].children[0]["value"] == "one")
        #expect(rule.children[1].id == "r")
    }

    @Test func ofPairsWithOneNameTheEffectiveOneStays() throws {
        func pair(_ id: String, _ value: String) -> XMLElement { XMLElement("nvpair", [("id", id), ("name", "x"), ("value", value)]) }
        let (cib, _) = try upgraded("pacemaker-3.9") { cib in
            cib.children[0].children[2].children[2].name = "master"
            cib.modify(at: XMLPath([0, 2, 0, 0])) { $0.children = [pair("1a".prefixed, "one"), pair("2a".prefixed, "#default"), pair("3a".prefixed, "three"), pair("4a".prefixed, "four")] }
        }
        let values = try #require(try find("//meta_attributes[@id='a-meta']", cib)).elements("nvpair").map { $0["value"] }
        #expect(Array(values) == ["three"])
    }

    @Test("Properties that are defaults now go to the first set of defaults without a rule, are lost without one, and make a section of their own", arguments: [
        (nil, ["_2TO3_-rsc-defaults: resource-stickiness=55"]), ("", []),
        ("<meta_attributes id='defaults'><nvpair id='d1' name='priority' value='7'/></meta_attributes>", ["defaults: priority=7 resource-stickiness=55"]),
        ("<meta_attributes id='defaults'><nvpair id='d1' name='resource-stickiness' value='7'/></meta_attributes>", ["defaults: resource-stickiness=7"]),
        (
            "<meta_attributes id='defaults'><rule id='r' score='5'><expression id='e' attribute='#uname' operation='defined'/></rule></meta_attributes>",
            ["defaults:"]
        ),
    ] as [(String?, [String])])
    func oldDefaults(section: String?, expected: [String]) throws {
        let (cib, upgrade) = try upgraded("pacemaker-2.10") { cib in
            let pair = XMLElement("nvpair", [("id", "old"), ("name", "default-resource-stickiness"), ("value", "55")])
            cib.children[0].children[0].children[0].children.append(pair)
            guard let section, let defaults = try? XMLParser.parse("<rsc_defaults>\(section)</rsc_defaults>") else { return }
            cib.children[0].children.append(defaults)
        }
        #expect(upgrade.reached == .newest)
        let sets = try find("//rsc_defaults", cib)?.children.filter { $0.name == "meta_attributes" }.map { set in
            "\(set.id ?? ""):" + set.elements("nvpair").map { " \($0["name"] ?? "")=\($0["value"] ?? "")" }.joined()
        }
        #expect(sets ?? [] == expected)
        #expect(try find("//nvpair[@name='default-resource-stickiness']", cib) == nil)
    }

    @Test func theSchedulerGetsTheNewestGrammarOrAReason() throws {
        var cib = try exampleCIB()
        cib["validate-with"] = "pacemaker-3.9"
        #expect(try CIBUpgrade.upgradedInMemory(cib)["validate-with"] == "pacemaker-4.0")
        cib["validate-with"] = "pacemaker-0.6"
        #expect(throws: CIBUpgrade.Failure.unknownSchema("pacemaker-0.6")) { try CIBUpgrade.upgradedInMemory(cib) }
    }
}

extension String {
    /// Ids do not begin with digits.
    fileprivate var prefixed: String { "p" + self }
}
