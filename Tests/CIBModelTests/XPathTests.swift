// SPDX-License-Identifier: GPL-2.0-or-later
// XPath: what is found, on the short way and through libxml2, and what is refused.
import CIBModel
import ClusterXML
import Testing

@Suite struct XPathTests {
    /// The same question in a form that needs libxml2.
    private func throughLibrary(_ expression: String) -> String { "(\(expression))[true()]" }

    @Test(arguments: [
        "/cib", "/cib/configuration/resources/primitive", "//primitive", "//primitive[@id='a']", "//*[@id='a-meta']", "//nvpair[@name=\"target-role\"]",
        "/cib//op", "//clone/primitive", "//clone//primitive", "/cib/*", "//*", "//nosuch", "/nosuch", "//primitive[@class='ocf' and @type='Dummy']",
        "//primitive[@class='ocf'][@type='Dummy']", "//primitive[@description]", "//configuration//primitive",
    ])
    func bothWaysFindTheSame(expression: String) throws {
        let cib = try exampleCIB()
        let short = try XPath(expression).places(in: cib)
        #expect(short == (try XPath(throughLibrary(expression)).places(in: cib)), "\(expression)")
        #expect(short == short.sorted())
    }

    @Test func attributesStandForTheirElement() throws {
        let cib = try exampleCIB()
        #expect(try XPath("//primitive/@type").places(in: cib) == (try XPath("//primitive").places(in: cib)))
        #expect(try XPath("//node[starts-with(@uname,'t')]").first(in: cib)?.id == "2")
    }

    @Test(arguments: ["//[", "primitive[", "//a[@b='c", "foo:bar()", ""])
    func brokenExpressionsAreRefused(expression: String) throws {
        #expect(throws: XPathError.self) { try XPath(expression).places(in: try exampleCIB()) }
    }

    @Test func numbersAndStringsSelectNothing() throws {
        #expect(throws: XPathError.selectsNoNodes) { try XPath("count(//node)").places(in: try exampleCIB()) }
    }

    @Test func hostileExpressionsEndSoon() throws {
        var cib = try exampleCIB()
        for number in 0..<300 { cib.children[0].children[2].children.append(XMLElement("primitive", [("id", "p\(number)")])) }
        let expensive = "//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]"
        #expect(throws: XPathError.self) { try XPath(expensive).places(in: cib) }
        #expect(throws: XPathError.tooExpensive) { try XPath(String(repeating: "/a", count: 20_000)).places(in: cib) }
        #expect(throws: XPathError.self) { try XPath(String(repeating: "(", count: 8_000) + "a" + String(repeating: ")", count: 8_000)).places(in: cib) }
    }
}
