// SPDX-License-Identifier: GPL-2.0-or-later
// Words in front of and inside the command lines of crm.
import Testing

@testable import Commands

struct CrmWordsTests {
    private let names = ["primitive", "property", "group", "graph", "show", "rename", "refresh"]

    private func meaning(_ word: String) -> String? {
        switch WordMatch.find(word, among: names) {
        case .exact(let name): name
        case .guessed(let name): "\(name)?"
        case .none: nil
        }
    }

    @Test func aWordIsFirstTakenExactlyThenByItsBeginningThenByItsLetters() {
        #expect(meaning("show") == "show")
        #expect(meaning("prim") == "primitive?")
        #expect(meaning("SH") == "show?")
        #expect(meaning("prty") == "property?")
    }

    @Test func aWordThatFitsSeveralCommandsMeansNone() {
        #expect(meaning("pr") == nil)
        #expect(meaning("re") == nil)
        #expect(meaning("") == nil)
    }

    @Test func optionsEndWhereTheWordsBegin() throws {
        let options = try CrmOptions(["-F", "-D", "plain", "-ocore.x=1", "--cib=test", "configure", "location", "l", "a", "-inf:", "n"])
        #expect(options.force && options.display == ["plain"] && options.shadow == "test")
        #expect(options.setting("core.x") == "1")
        #expect(options.words == ["configure", "location", "l", "a", "-inf:", "n"])
    }

    @Test func anUnknownOptionIsAUsageError() {
        #expect(throws: CrmOptions.Failure.self) { try CrmOptions(["-y"]) }
        #expect(throws: CrmOptions.Failure.self) { try CrmOptions(["-f"]) }
    }
}
