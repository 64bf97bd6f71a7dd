// SPDX-License-Identifier: GPL-2.0-or-later
// Patch sets: what is in them, and that applying one to the old document gives the new one.
import CIBModel
import ClusterXML
import Testing

@Suite struct PatchTests {
    @Test func theDigestIsThatOfPacemaker() throws {
        let cib = try XMLParser.parse(
            """
            <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="2" admin_epoch="0"><configuration><crm_config/><nodes/><resources><primitive id="a" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="c" class="ocf" provider="pacemaker" type="Dummy" description="x"/></resources><constraints/></configuration><status/></cib>
            """)
        #expect(Digest.version2(cib) == "fdb48e73b0372ebb4222a4342ea6e4e6")
        var written = cib
        written["cib-last-written"] = "Mon Nov 23 09:14:15 2026"
        written["update-user"] = "root"
        #expect(Digest.version2(written) == Digest.version2(cib))
    }

    @Test func deletionsComeFirstAndModificationsCarryTheResult() throws {
        let old = try exampleCIB()
        var new = old
        new["epoch"] = "6"
        new.modify(at: XMLPath([0, 2])) { resources in
            resources.children[1]["description"] = "second"
            resources.children.remove(at: 0)
        }
        let patch = try #require(CIBPatch.diff(from: old, to: new))
        let operations = patch.elements("change").map { $0["operation"] }
        #expect(Array(operations) == ["delete", "modify", "modify"])
        let last = try #require(patch.children.last)
        #expect(last["path"] == "/cib/configuration/resources/primitive[@id='b']")
        #expect(last.first("change-result")?.children.first?["description"] == "second")
    }

    @Test func equalDocumentsHaveNoPatch() throws {
        #expect(CIBPatch.diff(from: try exampleCIB(), to: try exampleCIB()) == nil)
    }

    @Test func aPatchForAnotherVersionIsRefused() throws {
        let old = try exampleCIB()
        var new = old
        new["epoch"] = "6"
        let patch = try #require(CIBPatch.diff(from: old, to: new))
        #expect(throws: CIBPatch.Failure.older) {
            var newer = new
            try CIBPatch.apply(patch, to: &newer)
        }
        #expect(throws: CIBPatch.Failure.newer) {
            var older = old
            older["epoch"] = "4"
            try CIBPatch.apply(patch, to: &older)
        }
    }

    @Test func aWrongResultIsNoticedByItsDigest() throws {
        let old = try exampleCIB()
        var new = old
        new["epoch"] = "6"
        let patch = try #require(CIBPatch.diff(from: old, to: new, options: .digest))
        var other = old
        other.children[0].children[1].children[0]["uname"] = "three"
        #expect(throws: CIBPatch.Failure.digestMismatch) { try CIBPatch.apply(patch, to: &other) }
    }

    /// Random edits: create, delete, move, change.
    private func edit(_ tree: inout XMLElement, _ dice: inout Dice) {
        let sections = tree.children[0].children.indices
        let section = dice.roll(sections.count)
        tree.modify(at: XMLPath([0, section])) { element in
            switch dice.roll(5) {
            case 0: element.children.insert(XMLElement("new", [("id", "n\(dice.roll(10_000))")], children: [XMLElement("inner")]), at: dice.roll(element.children.count + 1))
            case 1 where !element.children.isEmpty: element.children.remove(at: dice.roll(element.children.count))
            case 2 where element.children.count > 1:
                let moved = element.children.remove(at: dice.roll(element.children.count))
                element.children.insert(moved, at: dice.roll(element.children.count + 1))
            case 3 where element.children.contains(where: \.isElement):
                let elements = element.children.indices.filter { element.children[$0].isElement }
                element.children[dice.pick(elements)]["x\(dice.roll(3))"] = "\(dice.roll(100))"
            default: element.children.insert(.comment(" c\(dice.roll(5)) "), at: dice.roll(element.children.count + 1))
            }
        }
    }

    @Test func applyingAPatchGivesTheNewDocumentAfterAnyEdits() throws {
        var dice = Dice(seed: 3)
        var old = try exampleCIB()
        for round in 0..<150 {
            var new = old
            for _ in 0...dice.roll(5) { edit(&new, &dice) }
            new["num_updates"] = String(round + 3)
            // Two comments in a row, or moves of things without ids, cannot be told apart by any patch set.
            let patch = try #require(CIBPatch.diff(from: old, to: new))
            var result = old
            try CIBPatch.apply(patch, to: &result)
            #expect(withoutComments(result) == withoutComments(new), "round \(round): \(patch.serialized(.indented))")
            old = new
        }
    }

    private func withoutComments(_ element: XMLElement) -> XMLElement {
        var result = element
        result.children = element.children.filter(\.isElement).map(withoutComments)
        return result
    }
}
