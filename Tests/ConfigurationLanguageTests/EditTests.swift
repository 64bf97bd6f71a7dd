// SPDX-License-Identifier: GPL-2.0-or-later
// Changing objects: references follow, nothing is half done.
import ClusterXML
import Testing

@testable import ConfigurationLanguage

struct EditTests {
    private func start() throws -> Configuration {
        try StatementTests.loaded(
            """
            primitive a Dummy
            primitive b Dummy
            primitive c Dummy
            primitive d Dummy
            group g b c
            tag t a
            colocation ca inf: a g
            order oset Mandatory: a d g
            location lg g 50: n2
            """)
    }

    @Test func deletingAResourceTakesItOutOfConstraintsAndTags() throws {
        var configuration = try start()
        let messages = try configuration.delete(["a"], ignoringMissing: false).map(\.text)
        #expect(messages == ["hanging colocation:ca deleted", "constraint order:oset updated", "hanging tag:t deleted"])
        #expect(StatementTests.shown(configuration).contains("order oset Mandatory: d g\n"))
    }

    @Test func deletingIsAllOrNothing() throws {
        var configuration = try start()
        let before = configuration.assembled()
        #expect(throws: EditError.self) { try configuration.delete(["a", "ghost"], ignoringMissing: false) }
        #expect(configuration.assembled() == before)
    }

    @Test func theFirstMemberInheritsTheConstraintsOfAContainer() throws {
        var configuration = try start()
        _ = try configuration.delete(["g"], ignoringMissing: false)
        let text = StatementTests.shown(configuration)
        #expect(text.contains("location lg b 50: n2") && text.contains("colocation ca inf: a b"))
        #expect(configuration["b"]?.parent == nil)
    }

    @Test func constraintsOfACloneSurviveTheEndOfItsGroup() throws {
        var configuration = try start()
        _ = try configuration.load("clone cl g", method: .update, agents: StatementTests.agents)
        #expect(StatementTests.shown(configuration).contains("location lg cl 50: n2"))
        _ = try configuration.delete(["g"], ignoringMissing: false)
        let text = StatementTests.shown(configuration)
        #expect(text.contains("location lg b 50: n2") && !text.contains("clone cl"))
    }

    @Test func independentMembersOfASetHaveNoShortForm() throws {
        var configuration = try StatementTests.loaded(
            """
            primitive a Dummy
            primitive b Dummy
            primitive c Dummy
            colocation k inf: ( a b ) c
            order o Mandatory: a b c
            """)
        _ = try configuration.delete(["c"], ignoringMissing: false)
        let text = StatementTests.shown(configuration)
        #expect(text.contains("colocation k inf: ( a b )\n") && text.contains("order o Mandatory: a b\n"))
    }

    @Test func elementsThatAreNoObjectsRefuseADocument() throws {
        var configuration = try start()
        let before = configuration.assembled()
        let text = "<cib><configuration><resources><cltwo id=\"x\"/></resources></configuration></cib>"
        #expect(throws: EditError.self) { try configuration.loadXML(text, method: .update) }
        #expect(configuration.assembled() == before)
    }

    @Test func deletingTakesPatterns() throws {
        var configuration = try start()
        _ = try configuration.delete(["?"], ignoringMissing: false)
        #expect(configuration.objects(of: .primitive).isEmpty)
    }

    @Test func renamingFollowsAllReferences() throws {
        var configuration = try start()
        _ = try configuration.rename("a", to: "alpha")
        let text = StatementTests.shown(configuration)
        #expect(text.contains("tag t alpha") && text.contains("colocation ca inf: alpha g"))
        #expect(text.contains("order oset Mandatory: alpha d g"))
    }

    @Test func aMemberJoinsAndLeavesAGroup() throws {
        var configuration = try start()
        _ = try configuration.addMember("d", to: "g", .before("c"))
        #expect(configuration["g"]?.members == ["b", "d", "c"])
        _ = try configuration.removeMember("b", from: "g")
        #expect(configuration["g"]?.members == ["d", "c"])
        #expect(configuration["b"]?.parent == nil)
    }

    @Test func pushDeletesWhatIsNotNamed() throws {
        var configuration = try start()
        _ = try configuration.load("primitive b Dummy\n", method: .push, agents: StatementTests.agents)
        #expect(StatementTests.shown(configuration) == "primitive b Dummy\n")
    }

    @Test func anUpdateReplacesAnObjectAndKeepsItsIdsAndComments() throws {
        let start = try StatementTests.loaded("# mine\nprimitive a Dummy params $id=own x=1 op monitor interval=9s\n")
        var configuration = start
        _ = try configuration.load(
            "primitive a Dummy params x=2 op monitor interval=9s timeout=5s\n", method: .update, agents: StatementTests.agents)
        #expect(configuration["a"]?.element.first("instance_attributes")?.id == "own")
        #expect(StatementTests.shown(configuration).hasPrefix("# mine\nprimitive a Dummy \\\n\tparams x=2"))
    }
}
