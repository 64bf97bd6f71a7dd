// SPDX-License-Identifier: GPL-2.0-or-later
// How texts split into statements and words.
import Testing

@testable import ConfigurationLanguage

struct LexerTests {
    private func statements(_ text: String) throws -> [String] {
        try Lexer.statements(in: text, isKeyword: Vocabulary.isStatementKeyword).statements.map(\.text)
    }

    @Test func aBackslashJoinsLinesWithABlank() throws {
        #expect(try statements("primitive a Dummy\\\nparams x=1\n") == ["primitive a Dummy params x=1"])
    }

    @Test func anEmptyLineInsideAContinuedStatementIsSkipped() throws {
        let lexed = try Lexer.statements(
            in: "property a=b \\\n\n  c=d\n", isKeyword: Vocabulary.isStatementKeyword)
        #expect(lexed.statements.map(\.text) == ["property a=b c=d"])
        #expect(lexed.messages.map(\.level) == [.info])
    }

    @Test func anEmptyLineBeforeAKeywordEndsTheStatement() throws {
        #expect(try statements("property a=b \\\n\nprimitive a Dummy\n") == ["property a=b", "primitive a Dummy"])
    }

    @Test func remarksInsideAContinuedStatementAreSkippedButHashNamesAreNot() throws {
        let text = "location l a \\\n # remark\n rule 1: \\\n #uname eq n1\n"
        #expect(try statements(text) == ["location l a rule 1: #uname eq n1"])
    }

    @Test func commentsTravelWithTheNextStatementAndCount() throws {
        let lexed = try Lexer.statements(in: "# one\n# two\nnode n\n# end\n", isKeyword: { _ in true })
        #expect(lexed.statements[0].comments == ["# one", "# two"])
        #expect(lexed.statements[0].number == 3)
        #expect(lexed.trailingComments == ["# end"])
    }

    @Test func quotesAndEscapesAreThoseOfAShell() throws {
        #expect(try Lexer.words(#"a="b c" 'd "e"' f\ g "h\"i\\j\k""#).map(\.text) == ["a=b c", "d \"e\"", "f g", #"h"i\j\k"#])
    }

    @Test func quotesMaySpanContinuedLines() throws {
        #expect(try statements("tag t \"a \\\n b\"\n") == ["tag t a b"])
    }

    @Test func quotedTextGoesOnAsInAShell() throws {
        #expect(try statements("tag t \"a\\\nb\"\n") == ["tag t ab"])
    }

    @Test func inBatchInputAnOpenQuoteSpoilsItsLineOnly() throws {
        let lexed = try Lexer.statements(in: "node a\nnode 'b\nnode c\n", isKeyword: { _ in true }, recovers: true)
        #expect(lexed.statements.map(\.text) == ["node a", "", "node c"])
        #expect(lexed.statements.map { $0.problem?.message } == [nil, "No closing quotation", nil])
    }

    @Test func quotesRoundAWholeValueOfACommandLineComeOff() {
        let words = Lexer.words(typed: ["a=\"q\"", "b='x'", "'c'", "d=\"a b\"", "e={\"k\":1}", "f=\"a\"b\"", "g=\"", "h=it's"])
        #expect(words.map(\.text) == ["a=q", "b=x", "c", "d=\"a b\"", "e={\"k\":1}", "f=\"a\"b\"", "g=\"", "h=it's"])
    }

    @Test func anOpenQuoteIsAnErrorWithItsPlace() {
        #expect(throws: LexError.self) { try statements("node a\nnode 'b\n") }
    }

    @Test func aByteOrderMarkAndCarriageReturnsAreNoText() throws {
        #expect(try statements("\u{FEFF}node a\r\nnode b\r\n") == ["node a", "node b"])
    }

    @Test func placesCountCharactersNotBytes() throws {
        let lexed = try Lexer.statements(in: "tag t 東京 x\n", isKeyword: { _ in true })
        #expect(lexed.statements[0].words.map(\.column) == [1, 5, 7, 10])
    }
}
