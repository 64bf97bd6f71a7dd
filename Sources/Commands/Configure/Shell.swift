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

    func runShell() {
        var pending = ""
        while !wantsExit {
            print(pending.isEmpty ? prompt : "   > ", terminator: "")
            fflush(nil)
            guard let line = readLine() else { break }
            pending += line
            if pending.hasSuffix("\\") {
                pending = pending.drop { $0 == " " }.description
                while pending.hasSuffix("\\") { pending.removeLast() }
                pending += " "
                continue
            }
            let text = pending
            pending = ""
            guard !text.drop(while: { $0 == " " || $0 == "\t" }).hasPrefix("#") else { continue }
            do throws(LexError) {
                execute(try Lexer.words(text), isSingleShot: false)
            } catch {
                report(.error(error.message))
            }
        }
        leaveConfigure()
        failed = false
    }
}
