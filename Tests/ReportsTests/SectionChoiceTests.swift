// SPDX-License-Identifier: GPL-2.0-or-later
// Which sections are shown, by the options from left to right.
import Reports
import Testing

@Suite struct SectionChoiceTests {
    @Test func textOfAFileLeavesOutDetailsAndFencing() {
        let choice = SectionChoice(structured: false, live: false)
        #expect(choice.sections == [.summary, .nodes, .resources, .failures])
    }

    @Test func aLiveClusterShowsFencingThatFailedOrIsUnderWay() {
        let choice = SectionChoice(structured: false, live: true)
        #expect(choice.sections.isSuperset(of: [.fencingFailed, .fencingPending]))
        #expect(!choice.sections.contains(.fencingSucceeded))
    }

    @Test func programsGetEverything() {
        #expect(SectionChoice(structured: true, live: false).sections == .all)
    }

    @Test func allInTextKeepsTheOptionsOut() throws {
        var choice = SectionChoice(structured: false, live: false)
        try choice.include("all")
        #expect(choice.sections == StatusSections.all.subtracting(.options))
        try choice.include("options")
        #expect(choice.sections == .all)
    }

    @Test func theLastWordWins() throws {
        var choice = SectionChoice(structured: false, live: false)
        try choice.exclude("all")
        try choice.include("nodes,tickets")
        #expect(choice.sections == [.nodes, .tickets])
        try choice.include("none")
        #expect(choice.sections == [])
        try choice.include("default")
        #expect(choice.sections == StatusSections.standard(structured: false))
    }

    @Test func bansTakeAPrefix() throws {
        var choice = SectionChoice(structured: false, live: false)
        try choice.include("bans:cli-")
        #expect(choice.sections.contains(.bans))
        #expect(choice.banPrefix == "cli-")
    }

    @Test func anUnknownWordListsTheKnownOnes() {
        var choice = SectionChoice(structured: false, live: false)
        let expected = SectionChoice.UnknownSection(
            message: "--include options: all, attributes, bans[:PREFIX], counts, dc, default, failcounts, failures, fencing, "
                + "fencing-failed, fencing-pending, fencing-succeeded, maint-mode, nodes, none, operations, options, resources, "
                + "stack, summary, tickets, times")
        #expect(throws: expected) { try choice.include("nodes,foo") }
        #expect(throws: SectionChoice.UnknownSection.self) { try choice.exclude("default") }
    }
}
