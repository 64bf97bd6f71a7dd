// SPDX-License-Identifier: GPL-2.0-or-later
// Result frames and report text in their four formats.
import CIBModel
import ClusterXML
import Reports
import Testing

@Suite struct DocumentTests {
    @Test func listsAreNestedBullets() {
        let blocks: [TextBlock] = [
            .list("Node List", [.line("Online: [ a b ]"), .list("Sub", [.line("x")])]), .blank, .line("end"),
        ]
        #expect(TextPrinter.print(blocks) == "Node List:\n  * Online: [ a b ]\n  * Sub:\n    * x\n\nend\n")
    }

    @Test func aListWithoutHeaderOnlyIndents() {
        let blocks: [TextBlock] = [.list("A", [.list(ListHeading(nil), [.line("x")])])]
        #expect(TextPrinter.print(blocks) == "A:\n    * x\n")
    }

    @Test func aFrameEndsWithItsStatus() {
        var frame = ResultFrame(request: "crm_x --output-as=xml")
        frame.elements = [XMLElement("item", [("name", "a<b")])]
        #expect(
            frame.xml == """
                <pacemaker-result api-version="2.42" request="crm_x --output-as=xml">
                  <item name="a&lt;b"/>
                  <status code="0" message="OK"/>
                </pacemaker-result>

                """)
    }

    @Test func errorsStandInsideTheStatus() {
        var frame = ResultFrame(request: "crm_x")
        frame.status = .disconnected
        frame.errors = ["crm_x: no & yes"]
        #expect(frame.xml.contains("  <status code=\"102\" message=\"Not connected\">\n    <errors>\n      <error>crm_x: no &amp; yes</error>\n"))
    }

    @Test func xmlAsAnAnswerIsNotEscaped() {
        var frame = ResultFrame(request: "cibadmin -Q")
        frame.elements = [XMLElement("output", children: [.cdata("<cib/>\n")])]
        #expect(frame.xml.contains("  <output><![CDATA[<cib/>\n]]></output>\n"))
    }

    @Test(arguments: [
        (["crm_mon", "-1"], "crm_mon -1"), (["iso8601", "-d", "2009-03-31 01:00"], "iso8601 -d '2009-03-31 01:00'"),
        (["x", "it's"], "x 'it'\\''s'"), (["x", "a+=2"], "x a+=2"),
    ])
    func requestsQuoteWhatAShellWouldSplit(words: [String], request: String) {
        #expect(ResultFrame.request(words) == request)
    }

    @Test func jsonHasTheStructureOfTheXML() {
        var frame = ResultFrame(request: "crm_mon")
        frame.elements = [
            XMLElement("nodes", children: [XMLElement("node", [("name", "1"), ("online", "true"), ("resources_running", "2")])]),
            XMLElement("resources", children: [
                XMLElement("group", [("id", "g")], children: [XMLElement("resource", [("id", "r"), ("role", "Started")])])
            ]),
        ]
        let json = JSONPrinter.print(frame.element)
        #expect(json.contains("\"nodes\": [\n    {\n      \"name\": \"1\",\n      \"online\": true,\n      \"resources_running\": 2\n    }\n  ]"))
        #expect(json.contains("\"kind\": \"group\""))
        #expect(json.contains("\"status\": {\n    \"code\": 0,\n    \"message\": \"OK\"\n  }"))
    }

    @Test func jsonEscapesControlCharacters() {
        #expect(JSONPrinter.quoted("a\"b\\\n\u{1}é") == "\"a\\\"b\\\\\\n\\u0001é\"")
    }

    @Test func pagesEscapeTextAndKeepStyles() {
        let text = StyledText("<x> ") + StyledText("online", .online)
        let page = HTMLPage().print([.list("Nodes", [.line(text)])])
        #expect(page.contains("<h2>Nodes</h2>\n<ul>\n<li>&lt;x&gt; <span class=\"online\">online</span></li>\n</ul>"))
    }

    @Test(arguments: [
        (Int64(0), "Thu Jan  1 00:00:00 1970", "1970-01-01 00:00:00Z"),
        (1_599_063_458, "Wed Sep  2 16:17:38 2020", "2020-09-02 16:17:38Z"),
        (951_782_399, "Mon Feb 28 23:59:59 2000", "2000-02-28 23:59:59Z"),
        (-1, "Wed Dec 31 23:59:59 1969", "1969-12-31 23:59:59Z"),
    ])
    func clocksPrintBothForms(epoch: Int64, local: String, standard: String) {
        #expect(ReportClock().local(epoch) == local)
        #expect(ReportClock().standard(epoch) == standard)
    }

    @Test func clocksOutsideUTCNameTheirOffset() {
        #expect(ReportClock { _ in -5400 }.standard(0) == "1969-12-31 22:30:00 -01:30")
        #expect(ReportClock().standard(0, microseconds: 42) == "1970-01-01 00:00:00.000042Z")
    }
}
