// SPDX-License-Identifier: GPL-2.0-or-later
// The interactive loop.
import ConfigurationLanguage
import Glibc

extension CrmSession {
    private var prompt: String {
        let name =
            switch store.place {
            case .live: "live"
            case .file(let path): path.split(separator: "/").last.map(String.init) ?? path
            }
        var buffer = [CChar](repeating: 0, count: 256)
        gethostname(&buffer, buffer.count)
        let host = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return "crm(\(name)/\(host))\(level == .root ? "" : level.rawValue)# "
    }

    /// Reads and carries out lines until the end of input or `quit`.
    func runShell() {
        setlocale(LC_CTYPE, "")
        let base = AgentCatalog.environment("XDG_CACHE_HOME") ?? AgentCatalog.environment("HOME").map { "\($0)/.cache" }
        let editor = LineEditor(historyFile: base.map { "\($0)/clusterctl/crm_history" })
        editor.completions = { [self] head in Completion(self).candidates(for: head) }
        editor.explanation = { [self] head in Completion(self).explanation(for: head) }
        var pending = ""
        while !wantsExit {
            guard let line = editor.read(prompt: pending.isEmpty ? prompt : "   > ") else { break }
            pending += line
            if pending.hasSuffix("\\") {
                while pending.hasSuffix("\\") { pending.removeLast() }
                pending += " "
                continue
            }
            let text = pending
            pending = ""
            guard !text.drop(while: { $0 == " " || $0 == "\t" }).hasPrefix("#") else { continue }
            editor.remember(text)
            do throws(LexError) {
                execute(try Lexer.words(text), isSingleShot: false)
            } catch {
                report(.error(error.message))
            }
        }
        if !wantsExit { leaveConfigure() }
        failed = false
    }

    /// `--compgen POINT LINE`: what a shell may offer.
    func printCompletions(_ line: String) {
        var head = line
        if head.hasPrefix("crm ") { head.removeFirst(4) }
        for candidate in Completion(self).candidates(for: head).sorted() { print(candidate) }
    }
}
