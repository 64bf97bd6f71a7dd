// SPDX-License-Identifier: GPL-2.0-or-later
// Parsing and printing: what is kept, what is dropped, what is refused.
import CIBModel
import ClusterXML
import Testing

@Suite struct XMLParserTests {
    @Test func elementsAttributesAndCommentsSurviveARoundTrip() throws {
        let text = "<a x=\"1\" y=\"&lt;&amp;&quot;'\"><!-- note --><b/><c d=\"é\"/></a>"
        #expect(try XMLParser.parse(text).serialized() == text)
    }

    @Test func layoutBetweenElementsIsDropped() throws {
        let element = try XMLParser.parse("<a>\n  <b/>\n\n</a>\n")
        #expect(element == XMLElement("a", children: [XMLElement("b")]))
        #expect(element.children[0].line == 2)
        #expect(element.serialized(.indented) == "<a>\n  <b/>\n</a>\n")
    }

    @Test(arguments: ["", "<a>", "<a><b></a>", "<a x='1' x='2'/>", "plain", "<a>&undefined;</a>"])
    func brokenTextIsRefusedWithALine(text: String) {
        #expect(throws: XMLError.self) { try XMLParser.parse(text) }
    }

    @Test func documentTypesAreRefused() {
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>"
        #expect(throws: XMLError.self) { try XMLParser.parse(bomb) }
        let external = "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"
        #expect(throws: XMLError.self) { try XMLParser.parse(external) }
    }

    @Test func metaDataOfAgentsMayNameADocumentTypeButDeclareNoEntities() throws {
        let metaData = "<?xml version=\"1.0\"?>\n<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n<resource-agent name=\"Dummy\"/>"
        #expect(try XMLParser.parse(metaData: Array(metaData.utf8))["name"] == "Dummy")
        let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>"
        #expect(throws: XMLError.self) { try XMLParser.parse(metaData: Array(bomb.utf8)) }
    }

    @Test func deepNestingIsRefused() {
        let text = String(repeating: "<a>", count: 10_000) + String(repeating: "</a>", count: 10_000)
        #expect(throws: XMLError.self) { try XMLParser.parse(text) }
    }

    @Test func operationDigestsAreThoseOfPacemaker() throws {
        let parameters = XMLElement("parameters", [("CRM_meta_timeout", "15000"), ("server", "10.9.0.2")])
        #expect(Digest.version1(parameters) == "00056b3e3a9570895cd8ad6ab07910c5")
    }
}
