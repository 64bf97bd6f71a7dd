// SPDX-License-Identifier: GPL-2.0-or-later
// Rules, and blocks of pairs that depend on them.
import CIBModel
import ClusterXML
import Testing

@Suite("Rules")
struct RuleTests {
    private func rule(_ xml: String) throws -> Rule { Rule(try XMLParser.parse(xml), now: Timestamp(epoch: 0)) }

    private func input(at epoch: Int64 = 0, _ attributes: [(String, String)] = []) -> RuleInput {
        var input = RuleInput(now: Timestamp(epoch: epoch))
        var table = NameValueTable()
        for (name, value) in attributes { table[name] = value }
        input.nodeAttributes = table
        return input
    }

    private func passes(_ xml: String, _ input: RuleInput) throws -> Bool {
        var change: Int64?
        return try rule(xml).passes(input, nextChange: &change)
    }

    private func expression(_ operation: String, _ value: String?, type: String? = nil) -> String {
        let value = value.map { " value=\"\($0)\"" } ?? ""
        let type = type.map { " type=\"\($0)\"" } ?? ""
        return "<rule id=\"r\"><expression id=\"e\" attribute=\"a\" operation=\"\(operation)\"\(value)\(type)/></rule>"
    }

    @Test("A rule without conditions passes")
    func empty() throws { #expect(try passes("<rule id=\"r\"/>", input())) }

    @Test("Strings compare without case, numbers as numbers", arguments: [
        ("eq", "YES", "yes", nil, true), ("ne", "yes", "no", nil, true), ("lt", "10", "9", nil, true), ("lt", "9", "10", nil, false),
        ("gt", "2.5", "2.51", nil, true), ("lt", "1.10", "1.9", "version", true), ("eq", "12", "12.5", "integer", true),
    ] as [(String, String, String, String?, Bool)])
    func comparisons(_ operation: String, _ reference: String, _ actual: String, _ type: String?, _ expected: Bool) throws {
        #expect(try passes(expression(operation, reference, type: type), input([("a", actual)])) == expected)
    }

    @Test("A missing attribute is equal to nothing and ordered with nothing")
    func missing() throws {
        #expect(try passes(expression("not_defined", nil), input()))
        #expect(try !passes(expression("defined", nil), input()))
        #expect(try passes(expression("ne", "x"), input()))
        #expect(try !passes(expression("lt", "5"), input()))
    }

    @Test("A condition that is written wrongly fails")
    func malformed() throws {
        #expect(try !passes("<rule id=\"r\"><expression id=\"e\" attribute=\"a\" operation=\"eq\"/></rule>", input()))
        #expect(try !passes("<rule id=\"r\"><expression attribute=\"a\" operation=\"not_defined\"/></rule>", input()))
    }

    @Test("and stops at the first failure, or at the first pass")
    func combinations() throws {
        let parts = "<expression id=\"1\" attribute=\"a\" operation=\"defined\"/><expression id=\"2\" attribute=\"b\" operation=\"defined\"/>"
        #expect(try !passes("<rule id=\"r\" boolean-op=\"and\">\(parts)</rule>", input([("a", "1")])))
        #expect(try passes("<rule id=\"r\" boolean-op=\"or\">\(parts)</rule>", input([("a", "1")])))
    }

    @Test("A range says when the answer changes")
    func ranges() throws {
        let range = try rule(
            "<rule id=\"r\"><date_expression id=\"d\" operation=\"in_range\" start=\"1970-01-01 00:01:40Z\"><duration id=\"l\" seconds=\"50\"/></date_expression></rule>")
        var change: Int64?
        #expect(!range.passes(RuleInput(now: Timestamp(epoch: 50)), nextChange: &change))
        #expect(change == 100)
        change = nil
        #expect(range.passes(RuleInput(now: Timestamp(epoch: 150)), nextChange: &change))
        #expect(change == 151)
        change = nil
        #expect(!range.passes(RuleInput(now: Timestamp(epoch: 151)), nextChange: &change))
        #expect(change == nil)
    }

    @Test("Date specifications look at calendar fields", arguments: [
        ("hours=\"9-16\" weekdays=\"1-5\"", true), ("hours=\"10-\"", false), ("years=\"2001\"", true), ("months=\"-8\"", false),
        ("yeardays=\"252\"", true), ("weeks=\"36\" weekdays=\"7\"", true), ("hours=\"x\"", false),
    ])
    func specifications(_ fields: String, _ expected: Bool) throws {
        // 2001-09-09 is a Sunday; a Monday two days on at 09:46:40.
        let moment = fields.contains("1-5") ? Int64(1_000_000_000 + 86400) + 8 * 3600 : 1_000_000_000 + 8 * 3600
        let xml = "<rule id=\"r\"><date_expression id=\"d\" operation=\"date_spec\"><date_spec id=\"s\" \(fields)/></date_expression></rule>"
        #expect(try passes(xml, input(at: moment)) == expected)
    }

    @Test("Versions are the numbers they begin with: blanks before them and all that follows do not count", arguments: [
        ("cluster", "-3", 0), ("cluster", "0", 0), (" 1.10", "1.9", 1), ("1.2-rc3", "1.2", 0), ("1.", "1.0.0", 0), ("1..5", "1", 0),
        ("99999999999999999999", "9223372036854775807", 0), ("2", "10", -1), ("", "0.1", -1),
    ])
    func versions(a: String, b: String, order: Int) {
        #expect(Compare.versions(a, b) == order)
        #expect(Compare.versions(b, a) == -order)
    }

    @Test("Among blocks of equal score the later one wins; #default takes away")
    func blocks() throws {
        let parent = try XMLParser.parse(
            """
            <op><meta_attributes id="1"><nvpair id="a" name="x" value="first"/><nvpair id="b" name="y" value="kept"/></meta_attributes>
            <meta_attributes id="2"><nvpair id="c" name="x" value="second"/></meta_attributes>
            <meta_attributes id="3" score="5"><nvpair id="d" name="z" value="high"/></meta_attributes>
            <meta_attributes id="4" score="-1"><nvpair id="e" name="y" value="#default"/></meta_attributes></op>
            """)
        let blocks = NameValueBlock.read("meta_attributes", in: parent, now: Timestamp(epoch: 0)) { _, _ in nil }
        var table = NameValueTable()
        var recheck: Int64?
        blocks.evaluate(RuleInput(now: Timestamp(epoch: 0)), into: &table, recheck: &recheck)
        #expect(table["x"] == "second")
        #expect(table["y"] == nil)
        #expect(table["z"] == "high")
    }
}
