// SPDX-License-Identifier: GPL-2.0-or-later
// Statements to elements, ids and back.
import ClusterXML
import Testing

@testable import ConfigurationLanguage

struct StatementTests {
    static let empty = """
        <cib validate-with="pacemaker-3.9"><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>
        """
    static let agents = InstalledAgents(providers: [
        ("heartbeat", ["Dummy", "IPaddr2"]), ("pacemaker", ["Dummy", "Stateful", "remote"]),
    ])

    static func loaded(_ text: String, into start: String = empty) throws -> Configuration {
        var configuration = Configuration(try XMLParser.parse(start))
        _ = try configuration.load(text, method: .update, agents: agents)
        return configuration
    }

    static func shown(_ configuration: Configuration) -> String {
        StatementWriter(configuration, agents: agents).text(of: configuration.allObjects)
    }

    private func messages(_ text: String) -> [String] {
        do {
            _ = try Self.loaded(text)
            return []
        } catch let error as EditError {
            return error.messages.map(\.text)
        } catch {
            return ["\(error)"]
        }
    }

    @Test func generatedIdsFollowTheNames() throws {
        let configuration = try Self.loaded(
            "primitive r1 ocf:pacemaker:remote params server=x op monitor interval=3 timeout=15\n"
                + "location l r1 rule 300: #uname eq a rule 200: #uname eq b\n")
        let text = configuration.assembled().serialized()
        for id in [
            "r1-instance_attributes", "r1-instance_attributes-server", "r1-monitor-3", "l-rule", "l-rule-expression", "l-rule-0",
            "l-rule-0-expression",
        ] {
            #expect(text.contains("id=\"\(id)\""))
        }
    }

    @Test func aShortAgentNameFindsItsProvider() throws {
        let configuration = try Self.loaded("primitive a Dummy\nprimitive s Stateful\nprimitive n Nobody\n")
        #expect(["a", "s", "n"].map { configuration[$0]?.element["provider"] } == ["heartbeat", "pacemaker", "heartbeat"])
    }

    @Test func kindsAreCreatedInTheirOrderWhateverTheFileSays() throws {
        let configuration = try Self.loaded("group g a b\nprimitive a Dummy\nprimitive b Dummy\n")
        #expect(configuration["g"]?.members == ["a", "b"])
        #expect(configuration["a"]?.parent == "g")
    }

    @Test func twoPropertyStatementsAreOneSet() throws {
        let configuration = try Self.loaded("property a=1\nproperty b=2 a=3\n")
        #expect(Self.shown(configuration) == "property cib-bootstrap-options: \\\n\ta=3 \\\n\tb=2\n")
    }

    @Test(arguments: [
        ("primtive a Dummy", "1: syntax: Unknown command near <primtive> parsing 'primtive a Dummy'"),
        ("location l a 1.5", "1: syntax in location: expected <score>: <node> or <rule> [<rule> ...] near <1.5> parsing 'location l a 1.5'"),
        ("order o Often: a b", "1: syntax in order: Invalid kind: Often near <a> parsing 'order o Often: a b'"),
        ("colocation c a b", "1: syntax in colocation: Expected <score>: near <a> parsing 'colocation c a b'"),
        ("group g a", "g refers to missing object a"),
        ("order o Mandatory: a b", "constraint o references a resource a which doesn't exist"),
    ])
    func errorsSayWhatAndWhere(text: String, expected: String) {
        #expect(messages(text).first == expected)
    }

    @Test func nothingIsAppliedWhenOneStatementIsWrong() throws {
        var configuration = Configuration(try XMLParser.parse(Self.empty))
        #expect(throws: EditError.self) {
            try configuration.load("primitive a Dummy\nprimitive b\n", method: .replace, agents: Self.agents)
        }
        #expect(configuration.allObjects.isEmpty)
    }

    @Test func referencedIdsAreShownSoThatTheTextLoadsAgain() throws {
        let text = "primitive a Dummy \\\n\tparams $id=shared state=x\nprimitive b Dummy \\\n\tparams $id-ref=shared\n"
        let configuration = try Self.loaded(text)
        #expect(Self.shown(configuration) == text)
        #expect(Self.shown(try Self.loaded(Self.shown(configuration))) == text)
    }

    @Test func aLevelForAllNodesKnowsTheNodesOfTheSameFile() throws {
        let configuration = try Self.loaded("fencing_topology f\nnode n1\nnode n2\n")
        let levels = configuration["fencing_topology"]?.element.elements("fencing-level").map { $0["target"] ?? "" } ?? []
        #expect(Array(levels) == ["n1", "n2"])
    }

    @Test func aSchemaWithOneRuleALocationGetsOneLocationARule() throws {
        let start = Self.empty.replacing("3.9", with: "4.0")
        let configuration = try Self.loaded("primitive a Dummy\nlocation l a rule 2: #uname eq x rule 1: #uname eq y\n", into: start)
        #expect(Self.shown(configuration).contains("location l-1 a \\\n\trule 2: #uname eq x\nlocation l-2 a \\\n\trule 1: #uname eq y\n"))
    }

    @Test func whatTheLanguageCanNotSayIsShownAsXML() throws {
        let rule = "<rsc_location id=\"l\" rsc=\"a\"><rule id=\"r\" score=\"1\"><rule id=\"s\"><expression id=\"e\" "
            + "attribute=\"x\" operation=\"defined\"/></rule></rule></rsc_location>"
        let configuration = try Self.loaded("primitive a Dummy\nxml \(rule)\n")
        let shown = Self.shown(configuration)
        #expect(shown.contains("xml <rsc_location id=\"l\" rsc=\"a\"> \\\n  <rule id=\"r\" score=\"1\"> \\\n"))
        #expect(Self.shown(try Self.loaded(shown)) == shown)
    }
}
