// SPDX-License-Identifier: GPL-2.0-or-later
// One run of `crm`: reads command lines, finds the level and command they mean, keeps the edited configuration.
import ClusterXML
import ConfigurationLanguage
import Glibc

final class CrmSession {
    enum Level: String, CaseIterable { case root, configure, resource, node, ra, cib, corosync, options, template }

    let options: CrmOptions
    let agents = AgentCatalog()
    let printer = MessagePrinter()
    var store: CIBStore
    var level = Level.root
    /// The configuration being edited; nil until it is needed.
    var edited: Configuration?
    var failed = false
    var wantsExit = false
    /// Where `up` leads from a level that was entered from another one.
    var outer = Level.root
    /// What was only looked at: batch input that ends with a look commits nothing.
    var previewed: XMLElement?
    /// True while a command is only tried to see what it would do.
    var isPlanning = false
    /// True while lines come from a terminal.
    var isInteractive = false

    init(_ options: CrmOptions) {
        self.options = options
        store = CIBStore(shadow: options.shadow)
    }

    // MARK: running

    func run() -> Int32 {
        if let line = options.completionLine {
            printCompletions(line)
            return 0
        }
        if let file = options.file { return runFile(file) }
        if options.words.isEmpty || isLevelOnly(options.words) { return runInput() }
        execute(Lexer.words(typed: options.words), isSingleShot: true)
        return failed ? 1 : 0
    }

    /// `crm configure`: opens the level and reads on.
    private func isLevelOnly(_ words: [String]) -> Bool {
        guard words.count == 1, case .exact(let name) = match(words[0], Self.levelNames, silently: true) else { return false }
        return Level(rawValue: name) != nil
    }

    private func runFile(_ path: String) -> Int32 {
        let text: [UInt8]
        do throws(TextFile.Failure) {
            text = try TextFile.read(path)
        } catch {
            complain("crm: \(path): \(error.text)")
            return 2
        }
        runLines(String(decoding: text, as: UTF8.self))
        return failed ? 1 : 0
    }

    private func runInput() -> Int32 {
        if let word = options.words.first { enter(word) }
        if isatty(STDIN_FILENO) == 1 {
            isInteractive = true
            runShell()
        } else {
            let text = (try? TextFile.read("-")) ?? []
            runLines(String(decoding: text, as: UTF8.self))
        }
        return failed ? 1 : 0
    }

    /// Batch input: a failing line does not stop the rest. What is pending in the end is committed.
    private func runLines(_ text: String) {
        let lexed: LexedText
        do throws(LexError) {
            lexed = try Lexer.statements(in: text, isKeyword: { _ in true }, recovers: true)
        } catch {
            report(.error(error.message))
            return
        }
        for statement in lexed.statements where !wantsExit {
            if let problem = statement.problem { report(.error(problem.message)) }
            execute(statement.words, isSingleShot: false)
        }
        leaveConfigure()
    }

    // MARK: lines

    private func enter(_ word: String) {
        if let found = Level(rawValue: word) { level = found }
    }

    /// Understands one command line at the present level.
    func execute(_ words: [Word], isSingleShot: Bool) {
        guard let first = words.first?.text else { return }
        if general(first, words) { return }
        switch level {
        case .root: executeAtRoot(words, isSingleShot: isSingleShot)
        case .configure: ConfigureLevel(self).execute(words)
        default: CrmLevels(self).execute(words)
        }
    }

    /// A command of another level, without leaving this one; without a command the level is entered.
    func perform(_ arguments: [String], at other: Level) {
        guard !arguments.isEmpty else {
            outer = level
            level = other
            return
        }
        let before = level
        level = other
        CrmLevels(self).execute(arguments.map { Word($0) })
        level = before
    }

    static let levelNames = ["configure", "resource", "node", "ra", "cib", "corosync", "options", "status", "verify", "cluster"]

    private func executeAtRoot(_ words: [Word], isSingleShot: Bool) {
        guard let name = match(words[0].text, Self.levelNames) else {
            report(
                .error(
                    "\(words[0].text): No such command",
                    hint: Spelling.nearest(to: words[0].text, among: Self.levelNames).map { "did you mean \"\($0)\"?" }))
            return
        }
        let rest = Array(words.dropFirst())
        guard let found = Level(rawValue: name) else {
            CrmLevels(self).executeAtRoot(name, rest.map(\.text))
            return
        }
        level = found
        guard !rest.isEmpty else { return }
        execute(rest, isSingleShot: true)
        if level == .configure { leaveConfigure() }
        level = .root
    }

    /// Commands of every level; true if the word was one.
    private func general(_ word: String, _ words: [Word]) -> Bool {
        let argument = words.count > 1 ? words[1].text : nil
        switch word {
        case "quit", "bye", "exit":
            leaveConfigure()
            wantsExit = true
        case "up", "end", "back":
            if level == .configure { leaveConfigure() }
            level = outer
            outer = .root
        case "cd":
            let path = argument ?? "/"
            leaveConfigure()
            level = .root
            let target = path.split(separator: "/").last.map(String.init) ?? ""
            outer = .root
            guard target != "..", !target.isEmpty else { return true }
            guard let found = Level(rawValue: target) else {
                report(.error("cd: \(path): No such level"))
                return true
            }
            level = found
        case "ls": print(commandNames.sorted().joined(separator: "\n"))
        case "help", "?", "-h", "--help":
            if let argument, !CrmHelp.knows(argument), !commandNames.contains(argument) {
                report(.error("help: No help found for '\(argument)'", hint: "help alone lists the commands"))
            } else {
                print(CrmHelp.text(level: level, topic: argument))
            }
        default: return false
        }
        return true
    }

    var commandNames: [String] {
        switch level {
        case .root: Self.levelNames
        case .configure: ConfigureLevel.commandNames
        default: CrmLevels.commands(of: level)
        }
    }

    // MARK: words and messages

    /// The name a word means; says so if it was a guess. Nil if there is none or several.
    func match(_ word: String, _ names: [String]) -> String? {
        switch match(word, names, silently: false) {
        case .exact(let name), .guessed(let name): name
        case .none: nil
        }
    }

    private func match(_ word: String, _ names: [String], silently: Bool) -> WordMatch {
        let found = WordMatch.find(word, among: names)
        if case .guessed(let name) = found, !silently { report(.info("\"\(word)\" is accepted as \"\(name)\"")) }
        return found
    }

    func report(_ message: Message) { report([message]) }

    /// Prints messages; an error makes the run fail.
    func report(_ messages: [Message], source: MessagePrinter.Source? = nil) {
        fflush(nil)
        printer.show(messages, source: source)
        if messages.contains(where: { $0.level == .error }) { failed = true }
    }

    /// Puts a question; without a terminal the answer is no.
    func asks(_ question: String) -> Bool {
        if options.force {
            report(.info("\(question) [YES]"))
            return true
        }
        guard isInteractive, !options.answersNo else { return false }
        while true {
            print("\(question) (y/n)? ", terminator: "")
            fflush(nil)
            guard let line = readLine()?.lowercased() else { return false }
            if "yes".hasPrefix(line), !line.isEmpty { return true }
            if "no".hasPrefix(line), !line.isEmpty { return false }
        }
    }

    // MARK: the edited configuration

    /// The configuration being edited, read when first needed.
    func configuration() -> Configuration? {
        if let edited { return edited }
        do throws(CIBStore.Failure) {
            let read = Configuration(try store.read())
            edited = read
            return read
        } catch {
            report(.error(error.text))
            return nil
        }
    }

    /// Commits what is pending when the configure level is left.
    func leaveConfigure() {
        guard level == .configure, let edited, edited.isChanged else { return }
        if !isInteractive, previewed == edited.committed() {
            report(.info("nothing was committed: the last command only showed what would happen"))
            self.edited = nil
            return
        }
        if isInteractive, !asks("There are changes pending. Do you want to commit them") {
            self.edited = nil
            return
        }
        ConfigureLevel(self).commit(isForced: options.force, replacing: false)
        self.edited = nil
    }
}
