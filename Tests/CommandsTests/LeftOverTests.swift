// SPDX-License-Identifier: GPL-2.0-or-later
// What moves and bans leave behind is listed with its place and its end.
import ClusterXML
import Testing

@testable import Commands

struct LeftOverTests {
    @Test func durationsHaveTwoUnits() {
        #expect(LeftOverConstraints.duration(0) == "0s")
        #expect(LeftOverConstraints.duration(3_725) == "1h 2m")
        #expect(LeftOverConstraints.duration(200_000) == "2d 7h")
    }

    @Test func datesOfWritersAreUnderstood() {
        let noon = StoredVersions.seconds("Wed Nov 25 12:00:00 2026")
        let later = StoredVersions.seconds("Wed Nov 25 12:01:30 2026")
        #expect(noon != nil && later == noon.map { $0 + 90 })
        #expect(StoredVersions.seconds("yesterday") == nil)
        #expect(StoredVersions.seconds("Wed Nov 99 12:00 2026") == nil)
    }

    @Test func eachConstraintOfAMoveIsALine() throws {
        let cib = try XMLParser.parse(
            """
            <cib><configuration><constraints>
              <rsc_location id="mine" rsc="a" node="n1" score="1"/>
              <rsc_location id="cli-prefer-a" rsc="a" node="n2" score="INFINITY"/>
              <rsc_location id="cli-ban-b-on-n1" rsc="b"><rule id="r" score="-INFINITY">
                <expression id="e" attribute="#uname" operation="eq" value="n1"/><date_expression id="d" operation="lt" end="2020-01-01"/>
              </rule></rsc_location>
            </constraints></configuration></cib>
            """)
        let lines = LeftOverConstraints(in: cib, stored: nil).lines
        #expect(lines.count == 2)
        #expect(lines.first == "cli-prefer-a: a prefers n2 (age unknown)")
        #expect(lines.last?.hasPrefix("cli-ban-b-on-n1: b may not run on n1 (age unknown, expired ") == true)
    }
}
