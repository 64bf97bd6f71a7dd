// SPDX-License-Identifier: GPL-2.0-or-later
// Which agents a daemon has at work, in a file in its run directory, for the daemon that comes after it. Only the death of the process
// has to be survived, not that of the machine, so nothing is synced: a line costs a few microseconds.
//
// An agent is noted before it is started, with a mark that it carries in its environment, then with its process, and crossed out
// when it has ended. A daemon that is killed between the first two leaves an agent that is found by its mark.
import CLinux
import Glibc
import NodeCore

/// Lines of fields separated by tabs: `+ MARK DEADLINE GROUP RESOURCE ACTION PROGRAM`, `= MARK PROCESS START`, `- MARK`.
final class AgentJournal {
    /// The variable with an agent's mark.
    static let variable = "CLUSTERCTL_AGENT"
    /// Above this size the file is written anew with what still counts.
    private static let sizeLimit = 64 * 1024

    private let path: String
    private let boot: String
    private let prefix: String
    private var descriptor: Int32 = -1
    private var size = 0
    private var nextMark = 1
    /// What is at work, by mark, oldest first.
    private var open: [(mark: String, lines: String)] = []

    /// An agent of the last daemon that is alive.
    struct Survivor {
        let note: AgentNote
        let pid: pid_t
        /// A descriptor for the process.
        let handle: Int32
        let mark: String
    }

    init(path: String) {
        self.path = path
        boot = Self.firstLine("/proc/sys/kernel/random/boot_id")
        prefix = String(randomSeed(), radix: 16)
    }

    // MARK: Writing

    /// Notes an agent that is about to be started.
    /// - Returns: the mark for its environment.
    func begin(_ note: AgentNote, program: ProgramChoice) -> String {
        let mark = "\(prefix)-\(nextMark)"
        nextMark += 1
        let words = [
            "+", mark, note.deadline.map { "\($0.sinceOrigin.wholeMilliseconds)" } ?? "-", note.killsGroup ? "group" : "process",
            Self.escaped(note.resource), Self.escaped(note.action), Self.escaped(program.path),
        ]
        add(words.joined(separator: "\t") + "\n", mark)
        return mark
    }

    func started(_ mark: String, pid: pid_t) {
        add("=\t\(mark)\t\(pid)\t\(ProcessFacts(pid)?.start ?? 0)\n", mark)
    }

    func ended(_ mark: String) {
        guard let index = open.firstIndex(where: { $0.mark == mark }) else { return }
        open.remove(at: index)
        if open.isEmpty || size > Self.sizeLimit { return rewrite() }
        append("-\t\(mark)\n")
    }

    private func add(_ line: String, _ mark: String) {
        if let index = open.lastIndex(where: { $0.mark == mark }) { open[index].lines += line } else { open.append((mark, line)) }
        append(line)
    }

    private func append(_ text: String) {
        if descriptor < 0 { return rewrite() }
        let count = text.utf8.count
        if write(descriptor, text, count) == count { size += count } else { rewrite() }
    }

    /// Replaces the file by one that has only what is at work. Without a journal everything else goes on.
    private func rewrite() {
        let text = "boot\t\(boot)\n" + open.map(\.lines).joined()
        let count = text.utf8.count
        if open.isEmpty, descriptor >= 0 {
            // The usual case, and the cheapest: nothing is at work any more.
            if ftruncate(descriptor, 0) == 0, write(descriptor, text, count) == count { size = count } else { closeFile() }
            return
        }
        closeFile()
        let fresh = Glibc.open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0o600)
        guard fresh >= 0 else { return }
        guard write(fresh, text, count) == count, rename(path + ".new", path) == 0 else {
            close(fresh)
            return
        }
        (descriptor, size) = (fresh, count)
    }

    private func closeFile() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    // MARK: Reading

    /// Reads what the last daemon has left and begins a journal of one's own that goes on with it.
    func takeOver() -> [Survivor] {
        var survivors: [Survivor] = []
        for entry in Self.entries(path, boot: boot) {
            guard let pid = entry.process?.pid ?? Self.search(entry), let survivor = Self.survivor(entry, pid) else { continue }
            survivors.append(survivor)
            open.append((entry.mark, entry.line + "=\t\(entry.mark)\t\(pid)\t\(ProcessFacts(pid)?.start ?? 0)\n"))
        }
        rewrite()
        return survivors
    }

    private struct Entry {
        var mark: String
        var line: String
        var note: AgentNote
        var program: String
        var process: (pid: pid_t, start: UInt64)?
    }

    /// What was begun and not crossed out. Lines that make no sense are left out: a damaged journal must not keep a daemon down.
    private static func entries(_ path: String, boot: String) -> [Entry] {
        guard let bytes = FileContent.read(path, limit: 16 << 20) else { return [] }
        var entries: [Entry] = []
        var isOfThisBoot = false
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            switch fields[0] {
            case "boot": isOfThisBoot = fields.count == 2 && fields[1] == boot
            case "+" where fields.count == 7:
                let deadline = Int64(fields[2]).map { Instant(sinceOrigin: .milliseconds($0)) }
                guard deadline != nil || fields[2] == "-" else { continue }
                let note = AgentNote(
                    resource: unescaped(fields[4]), action: unescaped(fields[5]), deadline: deadline, killsGroup: fields[3] == "group")
                entries.append(Entry(mark: fields[1], line: line + "\n", note: note, program: unescaped(fields[6])))
            case "=" where fields.count == 4:
                guard let pid = pid_t(fields[2]), pid > 1, let start = UInt64(fields[3]) else { continue }
                if let index = entries.firstIndex(where: { $0.mark == fields[1] }) { entries[index].process = (pid, start) }
            case "-" where fields.count == 2: entries.removeAll { $0.mark == fields[1] }
            default: break
            }
        }
        return isOfThisBoot ? entries : []
    }

    private static func survivor(_ entry: Entry, _ pid: pid_t) -> Survivor? {
        let handle = pidfd_open(pid, 0)
        guard handle >= 0 else { return nil }
        // Looked at when it can no longer be replaced by another process without our noticing.
        guard let facts = ProcessFacts(pid), facts.isAlive, entry.process.map({ $0.start == facts.start }) ?? true else {
            close(handle)
            return nil
        }
        return Survivor(note: entry.note, pid: pid, handle: handle, mark: entry.mark)
    }

    /// An agent whose process was not noted any more: the leader of a group that runs the program and has the mark. What the agent
    /// has started has the mark too, but leads a group only as another program.
    private static func search(_ entry: Entry) -> pid_t? {
        guard let folder = opendir("/proc") else { return nil }
        defer { closedir(folder) }
        let mark = Array("\(variable)=\(entry.mark)".utf8)
        while let item = readdir(folder) {
            let name = withUnsafePointer(to: &item.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard let pid = pid_t(name), let facts = ProcessFacts(pid), facts.isAlive, facts.group == pid else { continue }
            guard let environment = FileContent.read("/proc/\(pid)/environ", limit: 1 << 20),
                environment.split(separator: 0).contains(where: { $0.elementsEqual(mark) }),
                let words = FileContent.read("/proc/\(pid)/cmdline", limit: 1 << 20)?.split(separator: 0),
                words.contains(where: { $0.elementsEqual(entry.program.utf8) })
            else { continue }
            return pid
        }
        return nil
    }

    private static func firstLine(_ path: String) -> String {
        let bytes = FileContent.read(path, limit: 4096) ?? []
        return String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
    }

    /// Tabs and ends of lines separate; `%` is the mark of what was replaced.
    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 < 32 || $0 == UInt8(ascii: "%") }) else { return text }
        return text.unicodeScalars.map { $0.value < 32 || $0 == "%" ? "%\($0.value)%" : String($0) }.joined()
    }

    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        var result = ""
        for (index, part) in text.split(separator: "%", omittingEmptySubsequences: false).enumerated() {
            // Every other part stands between two marks.
            if index % 2 == 0 { result += part } else if let scalar = UInt32(part).flatMap({ Unicode.Scalar($0) }) { result.unicodeScalars.append(scalar) }
        }
        return result
    }
}

/// What `/proc/PID/stat` says of a process.
struct ProcessFacts {
    let isAlive: Bool
    let group: pid_t
    /// When it was started, in ticks since the machine was; with the number it names a process for good.
    let start: UInt64

    /// - Returns: nil if there is no such process.
    init?(_ pid: pid_t) {
        guard let bytes = FileContent.read("/proc/\(pid)/stat", limit: 4096) else { return nil }
        // The name of the program may have any character in it; it ends at the last parenthesis.
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let group = pid_t(fields[2]), let start = UInt64(fields[19]) else { return nil }
        isAlive = fields[0] != "Z" && fields[0] != "X"
        self.group = group
        self.start = start
    }
}
