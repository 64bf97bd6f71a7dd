// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever comes in, nothing crashes, and errors leave the CIB as it was.
import CIBModel
import ClusterXML
import Glibc
import Testing

/// How much longer than usual random tests run: FUZZ_FACTOR in the environment.
private let fuzzFactor = getenv("FUZZ_FACTOR").flatMap { Int(String(cString: $0)) } ?? 1

@Suite struct HostileInputTests {
    @Test func damagedTextIsParsedOrRefused() throws {
        let text = Array(try exampleCIB().serialized(.indented).utf8)
        var dice = Dice(seed: 21 + UInt64(fuzzFactor))
        var refused = 0
        for _ in 0..<600 * fuzzFactor {
            var bytes = text
            for _ in 0...dice.roll(6) {
                switch dice.roll(4) {
                case 0: bytes[dice.roll(bytes.count)] = UInt8(dice.roll(256))
                case 1: bytes.remove(at: dice.roll(bytes.count))
                case 2: bytes.insert(contentsOf: dice.pick(["<", ">", "&", "\"", "<!--", "]]>", "<!DOCTYPE a>", "&#0;", "\u{0}"]).utf8, at: dice.roll(bytes.count))
                default: bytes.removeLast(dice.roll(min(200, bytes.count)))
                }
            }
            do {
                let document = try XMLParser.parse(bytes)
                _ = CIBValidator.validity(of: document)
            } catch {
                refused += 1
            }
        }
        #expect(refused > 0)
    }

    @Test func damagedDocumentsAreUpgradedOrRefused() throws {
        var dice = Dice(seed: 22 + UInt64(fuzzFactor))
        for _ in 0..<300 * fuzzFactor {
            var cib = try exampleCIB()
            let version = dice.pick(SchemaVersion.all)
            cib["validate-with"] = version.name
            for _ in 0...dice.roll(5) { mutate(&cib, &dice) }
            let upgrade = SchemaUpgrade(cib, from: version)
            if let reached = upgrade.reached { #expect(CIBValidator(reached).problems(in: upgrade.cib).isEmpty) }
        }
    }

    @Test func damagedPatchesAreAppliedOrRefused() throws {
        let old = try exampleCIB()
        var new = old
        new["epoch"] = "6"
        new.modify(at: XMLPath([0, 2])) { $0.children.swapAt(0, 1) }
        new.modify(at: XMLPath([0, 1])) { $0.children.removeAll() }
        let patch = try #require(CIBPatch.diff(from: old, to: new, options: .digest))
        var dice = Dice(seed: 23 + UInt64(fuzzFactor))
        for _ in 0..<500 * fuzzFactor {
            var damaged = patch
            for _ in 0...dice.roll(4) { damage(&damaged, &dice) }
            var cib = old
            let answer = CIBEngine.perform(CIBRequest("cib_apply_diff", data: damaged), on: &cib, wallSeconds: 0)
            if answer.rc != 0 { #expect(cib == old) }
        }
    }

    private func damage(_ element: inout XMLElement, _ dice: inout Dice) {
        if !element.children.isEmpty, dice.roll(3) != 0 { return damage(&element.children[dice.roll(element.children.count)], &dice) }
        let values = ["", "-1", "99999999999999999999", "/", "/cib[", "/cib/x[@id='", "//", "move", "create", "2", "0", "/cib"]
        if !element.attributes.isEmpty, dice.roll(2) == 0 {
            element.attributes[dice.roll(element.attributes.count)].value = dice.pick(values)
        } else {
            element.children = dice.roll(2) == 0 ? [] : element.children + element.children
        }
    }

    @Test func oddRequestsAreAnswered() throws {
        var dice = Dice(seed: 24 + UInt64(fuzzFactor))
        let operations = ["cib_query", "cib_create", "cib_modify", "cib_replace", "cib_delete", "cib_delete_alt", "cib_erase", "cib_bump", "cib_upgrade", "cib_apply_diff", "cib_commit_transact", "nonsense"]
        let sections: [String?] = [nil, "", "all", "cib", "resources", "status", "nosuch", "//primitive", "//[", "/cib", "//@id", "//comment()", "/"]
        for _ in 0..<1_500 * fuzzFactor {
            var cib = try exampleCIB()
            var data: XMLElement? = try exampleCIB()
            for _ in 0..<dice.roll(3) { if data != nil { mutate(&data!, &dice) } }
            if dice.roll(2) == 0 { data = data?.children.first?.children.randomChild(&dice) }
            if dice.roll(6) == 0 { data = nil }
            let request = CIBRequest(
                dice.pick(operations), section: dice.pick(sections), options: CIBOptions(rawValue: dice.roll(0x2000)), data: data,
                user: dice.pick([nil, "root", "eve", "bob", ""]))
            let before = cib
            let answer = CIBEngine.perform(request, on: &cib, wallSeconds: 0)
            if answer.rc != 0 { #expect(cib == before, "\(request.operation) changed the CIB in spite of \(answer.rc)") }
        }
    }

    @Test func anyXPathGivesAnAnswerInBoundedTime() throws {
        let pieces = [
            "/", "//", "cib", "configuration", "resources", "primitive", "nvpair", "*", ".", "..", "@", "@id", "[", "]", "(", ")", "'a'", "\"b\"", "=", "!=",
            "<", "|", " and ", " or ", "not(", "count(", "contains(", "starts-with(", "last()", "position()", "1", "2", "-", "+", "text()", "node()",
            "comment()", "ancestor::", "descendant::", "following-sibling::", "self::", "[@id='a']", "[@name=\"x\"]", "[1]", "id(", "$x", ",", "é", "\u{0}",
        ]
        let cib = try exampleCIB()
        var dice = Dice(seed: 25 + UInt64(fuzzFactor))
        for _ in 0..<4_000 * fuzzFactor {
            var text = ""
            for _ in 0...dice.roll(dice.roll(20) == 0 ? 300 : 12) { text += dice.pick(pieces) }
            if let places = try? XPath(text).places(in: cib) { for place in places { #expect(cib[place] != nil) } }
        }
        // Nesting and products must not run away.
        let deep = String(repeating: "(", count: 50_000) + "1" + String(repeating: ")", count: 50_000)
        _ = try? XPath(deep).places(in: cib)
        let product = String(repeating: "//*", count: 200) + "[count(//*[count(//*[count(//*)>0])>0])>0]"
        _ = try? XPath(product).places(in: cib)
    }

    @Test func countersDoNotOverflow() throws {
        var cib = try exampleCIB()
        cib["epoch"] = String(Int.max)
        let answer = CIBEngine.perform(CIBRequest("cib_bump"), on: &cib, wallSeconds: 0)
        #expect(answer.rc == 0 || answer.error != nil)
    }
}

extension [XMLElement] {
    fileprivate func randomChild(_ dice: inout Dice) -> XMLElement? { isEmpty ? nil : self[dice.roll(count)] }
}
