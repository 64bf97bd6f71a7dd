// SPDX-License-Identifier: GPL-2.0-or-later
// The grammar of the CIB: what is valid, and how problems are told.
import CIBModel
import ClusterXML
import Testing

@Suite struct GrammarTests {
    private func problems(_ change: (inout XMLElement) -> Void) throws -> [String] {
        var cib = try exampleCIB()
        change(&cib)
        return CIBValidator.validity(of: cib).sentences
    }

    private func resources(_ cib: inout XMLElement, _ change: (inout XMLElement) -> Void) {
        if let place = CIBSection.place(of: "resources", in: cib) { cib.modify(at: place, change) }
    }

    @Test func aSoundConfigurationHasNoProblems() throws {
        #expect(CIBValidator.validity(of: try exampleCIB()) == .valid)
    }

    @Test func aMissingAttributeIsNamedWithItsElementAndLine() throws {
        let found = try problems { cib in resources(&cib) { $0.children[1]["provider"] = nil } }
        #expect(found == ["line 12: <primitive> 'b': the attribute 'provider' is missing"])
    }

    @Test func aWrongValueTellsWhatWasExpected() throws {
        let found = try problems { cib in resources(&cib) { $0.children[1]["class"] = "nonsense" } }
        #expect(found.count >= 1)
        #expect(found.first?.contains("class=\"nonsense\" is not valid: expected") == true)
    }

    @Test func anUnknownElementTellsWhatIsAllowedThere() throws {
        let found = try problems { cib in resources(&cib) { $0.children.append(XMLElement("primitve", [("id", "x")])) } }
        #expect(found == ["<primitve> 'x': <primitve> is not allowed in <resources> here (allowed here: <bundle>, <clone>, <group>, <primitive>, <template>)"])
    }

    @Test func idsMustBeUniqueAndReferencesMustExist() throws {
        let twice = try problems { cib in resources(&cib) { $0.children[1]["id"] = "a" } }
        #expect(twice.contains { $0.contains("the id 'a' is used more than once") })
        let dangling = try problems { cib in resources(&cib) { $0.children.remove(at: 1) } }
        #expect(dangling == ["line 17: <rsc_order> 'o': then=\"b\" refers to an id that does not exist"])
    }

    @Test func allProblemsAreReportedNotOnlyTheFirst() throws {
        let found = try problems { cib in
            resources(&cib) {
                $0.children[0]["class"] = nil
                $0.children[1]["bogus"] = "1"
            }
        }
        #expect(found.count >= 2)
    }

    @Test func unknownSchemasAreRefusedAndNoneIsNotChecked() throws {
        #expect(try problems { $0["validate-with"] = nil } == ["<cib>: the attribute 'validate-with' is missing"])
        #expect(try !problems { $0["validate-with"] = "pacemaker-9.9" }.isEmpty)
        var unchecked = try exampleCIB()
        unchecked["validate-with"] = "none"
        unchecked.children[0].children.append(XMLElement("anything"))
        #expect(CIBValidator.validity(of: unchecked) == .unchecked)
    }

    @Test func whatIsBelowStatusIsFree() throws {
        let found = try problems { cib in
            cib.children[1].children.append(XMLElement("whatever", [("id", "a"), ("x:y", "1 2")], children: [.text("text")]))
        }
        #expect(found.isEmpty)
    }

    @Test func versionsDiffer() throws {
        var cib = try exampleCIB()
        cib["validate-with"] = "pacemaker-3.9"
        resources(&cib) { $0.children.append(XMLElement("master", [("id", "m")], children: [XMLElement("primitive", [("id", "n"), ("class", "lsb"), ("type", "t")])])) }
        #expect(CIBValidator.validity(of: cib) == .valid)
        cib["validate-with"] = "pacemaker-4.0"
        #expect(CIBValidator.validity(of: cib) != .valid)
    }

    @Test func theNativeCheckAndLibxmlWithOurGrammarAgree() throws {
        var dice = Dice(seed: 5)
        for version in SchemaVersion.all {
            let schema = try RelaxNGSchema(text: CIBGrammar(version).grammar.relaxNG().serialized(.indented))
            let validator = CIBValidator(version)
            for _ in 0..<20 {
                var cib = try exampleCIB()
                cib["validate-with"] = version.name
                for _ in 0..<dice.roll(3) { mutate(&cib, &dice) }
                let text = cib.serialized(.indented)
                #expect(validator.problems(in: cib).isEmpty == (try schema.errors(inDocument: text).isEmpty), "\(version): \(text)")
            }
        }
    }
}
