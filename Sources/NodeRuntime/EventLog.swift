// SPDX-License-Identifier: GPL-2.0-or-later
// Log lines: one event, one line, to the detail log, to standard error if wanted, and from notice up to the system log.
import Glibc
package import NodeCore

/// Where a daemon's events go. Belongs to the loop's thread.
package final class EventLog {
    private let program: String
    private let hostName: String
    private var descriptor: Int32 = -1
    private let copiesToStandardError: Bool
    private let usesSystemLog: Bool
    private let threshold: Event.Level
    /// The detail log's path; nil when there is none.
    package let path: String?

    /// - Parameters:
    ///   - program: the name in each line.
    ///   - environment: looks up `PCMK_logfile`, `PCMK_stderr`, `PCMK_debug`, `PCMK_logfacility`.
    package init(program: String, environment: (String) -> String?) {
        self.program = program
        var name = utsname()
        uname(&name)
        hostName = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        copiesToStandardError = EventLog.isTrue(environment("PCMK_stderr")) || isatty(2) == 1
        let debug = environment("PCMK_debug") ?? ""
        let isDebugging = EventLog.isTrue(debug) || debug.split(separator: ",").contains { $0 == program }
        threshold = isDebugging ? .debug : .info
        let configured = environment("PCMK_logfile")
        let path = configured ?? "/var/log/pacemaker/pacemaker.log"
        if path != "none", path != "/dev/null" {
            if let slash = path.lastIndex(of: "/") { _ = makeDirectories(String(path[..<slash]), mode: 0o770) }
            descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o660)
        }
        self.path = descriptor >= 0 ? path : nil
        // A log file of one's own marks an instance beside the system's.
        let facility = environment("PCMK_logfacility") ?? (configured == nil ? "daemon" : "none")
        usesSystemLog = facility != "none" && access("/dev/log", F_OK) == 0
        if usesSystemLog { openlog(strdup(program), LOG_PID | LOG_CONS, Int32(3 << 3)) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    private static func isTrue(_ text: String?) -> Bool {
        ["1", "yes", "true", "on", "y", "t"].contains(text?.lowercased() ?? "")
    }

    package func record(_ level: Event.Level, _ name: String, _ text: String) {
        record(Event(level, name, text))
    }

    package func record(_ event: Event) {
        guard event.level >= threshold else { return }
        let text = EventLog.onOneLine(event.text)
        let line = "\(timeStamp()) \(hostName) \(program) [\(getpid())] (\(event.name)) \t\(event.level): \(text)\n"
        if descriptor >= 0 { put(line, to: descriptor) }
        if copiesToStandardError { put(line, to: 2) }
        if usesSystemLog, event.level >= .notice {
            let priority: Int32 = event.level == .error ? 3 : event.level == .warning ? 4 : 5
            text.withCString { pointer in withVaList([pointer]) { vsyslog(priority, "%s", $0) } }
        }
    }

    /// Agents and peers have a say in many texts: no second line, and nothing that a terminal would obey.
    private static func onOneLine(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 9 }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 10: result += "\\n"
            case 9, 0x20..<0x7F, 0xA0...: result.unicodeScalars.append(scalar)
            default: result += "?"
            }
        }
        return result
    }

    private func put(_ line: String, to descriptor: Int32) {
        var line = line
        line.withUTF8 { _ = write(descriptor, $0.baseAddress, $0.count) }
    }

    /// As in Pacemaker's detail log: `Nov 25 13:50:07.123`.
    private func timeStamp() -> String {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        var parts = tm()
        localtime_r(&time.tv_sec, &parts)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = months.indices.contains(Int(parts.tm_mon)) ? months[Int(parts.tm_mon)] : "???"
        func two(_ value: Int32) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let thousandths = time.tv_nsec / 1_000_000
        let fraction = thousandths < 10 ? "00\(thousandths)" : thousandths < 100 ? "0\(thousandths)" : "\(thousandths)"
        return "\(month) \(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)).\(fraction)"
    }
}
