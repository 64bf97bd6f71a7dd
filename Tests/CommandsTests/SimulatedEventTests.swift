// SPDX-License-Identifier: GPL-2.0-or-later
// Events of crm_simulate as the command line gives them.
import ArgumentParser
import Testing

@testable import Commands

struct SimulatedEventTests {
    @Test("A quorum of its own is no event; everything else is one", arguments: [
        (["--quorum", "false"], true), ([], true), (["--quorum", "false", "--node-up", "n"], false), (["--watchdog", "true"], false),
        (["--ticket-grant", "t"], false), (["--op-inject", "r_start_0@n=1"], false), (["--op-fail", "r_start_0@n=1"], true),
    ])
    func events(arguments: [String], areNone: Bool) throws {
        #expect(try SimulatedEvents.parse(arguments).areEmpty == areNone)
    }
}
