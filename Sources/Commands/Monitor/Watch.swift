// SPDX-License-Identifier: GPL-2.0-or-later
// crm_mon that goes on: a screen that follows the cluster, a file that is rewritten, a program that hears of events.
import CIBModel
import Client
import ClusterStatus
import Glibc
import Reports

/// Follows the cluster until it is told to stop.
struct Watch {
    private var monitor: Monitor
    private let options: CrmMon
    private var client: ClusterClient?
    private var agent: EventAgent?
    private let screen: Screen?
    private var showsHelp = false

    /// How often keys and signals are looked at while nothing happens.
    private static let tickMs: Int64 = 100

    init(_ monitor: Monitor, _ options: CrmMon) throws {
        self.monitor = monitor
        self.options = options
        agent = options.externalAgent.map { EventAgent(program: $0, recipient: options.externalRecipient ?? "") }
        screen = !options.daemonize && options.output.file == nil && options.externalAgent == nil ? Screen() : nil
    }

    mutating func run() throws {
        if options.daemonize, CIBSource.variable(Background.mark) == nil {
            return try Background.restart(pidFile: options.pidFile)
        }
        let signals = StopSignals()
        screen?.open()
        defer { screen?.close() }
        while !signals.stopRequested() {
            refresh()
            guard wait(signals) else { return }
        }
    }

    // MARK: Looking

    private mutating func refresh() {
        do {
            let report = try look()
            agent?.tell(report.state)
            try show(report)
        } catch let failure as CommandFailure {
            client = nil
            screen?.draw("Waiting until cluster is available on this node ...\n\n\(failure.message)\n")
        } catch {
            client = nil
        }
    }

    private mutating func look() throws -> StatusReport {
        guard monitor.file == nil else { return try monitor.look() }
        if client == nil {
            let new = try LiveCluster.connect()
            do { try new.subscribeCIBChanges() } catch { throw LiveCluster.failure(error) }
            client = new
        }
        return try monitor.look(client)
    }

    private func show(_ report: StatusReport) throws {
        if let screen {
            screen.draw(showsHelp ? Self.help : TextPrinter.print(report.textBlocks()))
        } else if let file = options.output.file, file != "-" {
            // Readers see the old page or the new one, never half of it.
            let new = file + ".new"
            let output = try ToolOutput(options.output.format.flatMap { ToolOutput.Format(rawValue: $0) } ?? .text, path: new)
            output.page = monitor.page()
            try monitor.emit(report, to: output)
            try output.end()
            if rename(new, file) != 0 { complain("\(calledAs): Cannot write \(file): \(String(cString: strerror(errno)))") }
        } else if options.externalAgent == nil {
            let output = try options.output.open()
            try monitor.emit(report, to: output)
            try output.end()
        }
    }

    // MARK: Waiting

    /// Waits for a change, a key or the end of the interval. Returns false when the user wants to leave.
    private mutating func wait(_ signals: StopSignals) -> Bool {
        var left = monitor.intervalMs()
        while left > 0 {
            if signals.stopRequested() { return false }
            if let screen, let key = screen.key() {
                if key == "q" || key == "\u{3}" { return false }
                press(key)
                return true
            }
            let step = min(left, Self.tickMs)
            if waitForChange(step) {
                // Changes come in flocks: look once for all that come shortly after.
                while waitForChange(20) {}
                return true
            }
            left -= step
        }
        return true
    }

    private mutating func waitForChange(_ milliseconds: Int64) -> Bool {
        guard let client else {
            usleep(UInt32(clamping: milliseconds * 1000))
            return false
        }
        do {
            return try client.nextCIBChange(milliseconds: Int(milliseconds))
        } catch {
            self.client = nil
            return true
        }
    }

    private mutating func press(_ key: Character) {
        showsHelp = key == "?" && !showsHelp
        monitor.toggle(key)
    }

    private static let help = """
        Keys that show or hide (the screen follows the cluster meanwhile):

          A  node attributes        L  negative location constraints
          c  tickets                f  fail counts
          o  operations             t  times of operations
          D  summary                m  fencing history
          n  resources by node      r  inactive resources
          R  details                b  counts instead of resources
          ?  this text              q  leave

        Any other key draws the screen again.

        """
}

/// Signals that end the program, taken one by one so that the terminal is put in order first.
struct StopSignals {
    private var set = sigset_t()

    init() {
        sigemptyset(&set)
        for number in [SIGTERM, SIGHUP, SIGINT] { sigaddset(&set, number) }
        sigprocmask(SIG_BLOCK, &set, nil)
    }

    func stopRequested() -> Bool {
        var set = set
        var none = timespec(tv_sec: 0, tv_nsec: 0)
        return sigtimedwait(&set, nil, &none) > 0
    }
}

/// The terminal as a page that is drawn as a whole.
final class Screen {
    private var before = termios()

    func open() {
        tcgetattr(STDIN_FILENO, &before)
        var raw = before
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO | ISIG)
        tcsetattr(STDIN_FILENO, TCSANOW, &raw)
        print("\u{1b}[?1049h\u{1b}[?25l", terminator: "")
        fflush(nil)
    }

    func close() {
        print("\u{1b}[?25h\u{1b}[?1049l", terminator: "")
        fflush(nil)
        tcsetattr(STDIN_FILENO, TCSANOW, &before)
    }

    /// Replaces what is on the screen; lines that do not fit are left out.
    func draw(_ text: String) {
        var size = winsize()
        let known = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 1
        let rows = known ? Int(size.ws_row) - 1 : 10_000
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var page = "\u{1b}[H"
        for line in lines.prefix(rows) { page += line + "\u{1b}[K\n" }
        if lines.count > rows { page += "…\u{1b}[K" }
        print(page + "\u{1b}[J", terminator: "")
        fflush(nil)
    }

    /// A key that was pressed, if any.
    func key() -> Character? {
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 0) > 0 else { return nil }
        var byte: UInt8 = 0
        guard read(STDIN_FILENO, &byte, 1) == 1 else { return "q" }
        return Character(UnicodeScalar(byte))
    }
}
