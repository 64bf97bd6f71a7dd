// SPDX-License-Identifier: GPL-2.0-or-later
// How every tool answers: `--output-as` and `--output-to`, and one place that prints text, XML, HTML or JSON.
package import ArgumentParser
import CIBModel
package import ClusterXML
import Glibc
package import Reports

/// The options of every tool for the form and the place of its output. Use as `@OptionGroup var output: OutputOptions`.
package struct OutputOptions: ParsableArguments {
    @Option(name: .customLong("output-as"), help: "Format of the output: text, xml, html, json or none.")
    package var format: String?
    @Option(name: .customLong("output-to"), help: "File to write the output to; - is standard output.")
    package var file: String?

    package init() {}

    /// Runs a tool's work with an open output and ends the frame whatever happens.
    /// A `CommandFailure` becomes an error line or element and the exit status.
    package func run(_ work: (ToolOutput) throws -> Void) throws {
        let output = try open()
        do {
            try work(output)
        } catch let failure as CommandFailure {
            if !failure.message.isEmpty { output.error(failure.message) }
            output.status = failure.exitCode
        }
        try output.end()
    }

    /// Opens the output in the format that was asked for.
    /// - Throws: exit status 1 for an unknown format, 73 for a file that cannot be written.
    package func open(default standard: ToolOutput.Format = .text) throws -> ToolOutput {
        var chosen = standard
        if let format {
            guard let known = ToolOutput.Format(rawValue: format) else {
                throw CommandFailure(.error, "\(calledAs): Error creating output format \(format): Unknown output format")
            }
            chosen = known
        }
        return try ToolOutput(chosen, path: file)
    }
}

/// The output of one run of a tool. Text goes out line by line, other formats when the frame ends.
package final class ToolOutput {
    package enum Format: String, Sendable {
        case text, xml, html, json, none
        /// Text on a terminal; the same as text except for tools that draw on the screen.
        case console
    }

    package let format: Format
    /// What has been answered so far; text blocks only in the HTML format.
    package private(set) var frame: ResultFrame
    /// How the page looks in the HTML format.
    package var page = HTMLPage()
    /// The file of `--output-to`; nil means standard output.
    private let stream: UnsafeMutablePointer<FILE>?

    /// - Parameter path: the file to write; nil or `-` for standard output.
    package init(_ format: Format, path: String? = nil) throws {
        self.format = format
        frame = ResultFrame(request: ResultFrame.request(Self.commandLine))
        if let path, path != "-" {
            guard let file = fopen(path, "w") else {
                let reason = String(cString: strerror(errno))
                throw CommandFailure(.cannotCreate, "\(calledAs): Cannot write output to \(path): \(reason)")
            }
            stream = file
        } else {
            stream = nil
        }
    }

    /// The exit status that the frame will carry.
    package var status: ExitCode {
        get { frame.status }
        set { frame.status = newValue }
    }

    /// The command line without the word that only selects the role.
    private static var commandLine: [String] {
        let words = CommandLine.arguments
        guard let first = words.first else { return [calledAs] }
        let base = first.split(separator: "/").last.map(String.init) ?? first
        return base == calledAs || words.count < 2 ? words : Array(words.dropFirst())
    }

    /// True when text is read by people: lines and lists count, elements do not.
    package var isText: Bool { format == .text || format == .console || format == .html }
    /// True when a program reads: elements count, lines and lists do not.
    package var isStructured: Bool { format == .xml || format == .json }

    /// A line for people.
    package func line(_ text: String = "") {
        block(text.isEmpty ? .blank : .line(StyledText(text)))
    }

    /// A list of bullets for people, without blank lines around it.
    package func list(_ title: String, _ items: [TextBlock]) {
        block(.list(title, items))
    }

    /// Any piece of text for people.
    package func block(_ block: TextBlock) {
        switch format {
        case .text, .console: write(TextPrinter.print([block]))
        case .html: frame.text.append(block)
        case .xml, .json, .none: break
        }
    }

    /// Text for people exactly as it is, with its own line ends.
    package func raw(_ text: String) {
        if format == .html {
            frame.text.append(.line(StyledText(text)))
        } else if isText {
            write(text)
        }
    }

    /// The same for a text that can be large: it goes out while it is made.
    /// - Parameter make: hands the text, piece by piece, to the function it is given.
    package func raw(_ make: ((String) -> Void) -> Void) {
        var pending = ""
        if format == .html {
            make { pending += $0 }
            raw(pending)
        } else if isText {
            make { piece in
                pending += piece
                guard pending.utf8.count >= 1 << 16 else { return }
                write(pending)
                pending.removeAll(keepingCapacity: true)
            }
            write(pending)
        }
    }

    /// An element for programs, and the same fact as a line for people.
    package func result(_ element: XMLElement, text: String? = nil) {
        if isStructured { frame.elements.append(element) }
        if let text { line(text) }
    }

    /// XML that is itself the answer: printed as it is for people, as CDATA inside an element named `name` for programs.
    package func xml(_ text: String, as name: String = "output", _ attributes: [(String, String)] = []) {
        if isStructured {
            frame.elements.append(XMLElement(name, attributes, children: [.cdata(text)]))
        } else {
            raw(text)
        }
    }

    /// Free text of a tool or of a program it ran: a line for people, `output` inside `status` for programs.
    package func info(_ text: String) {
        if isStructured { frame.outputs.append(text) }
        line(text)
    }

    /// A message about what went wrong: standard error for people, an `error` element for programs.
    package func error(_ message: String) {
        frame.errors.append(message)
        if format == .text || format == .console || format == .none { complain(message) }
    }

    /// Writes what the format keeps for the end. A status that is not ok is thrown, without a message.
    package func end(_ code: ExitCode? = nil) throws {
        if let code { frame.status = code }
        switch format {
        case .xml: write(frame.xml)
        case .json: write(JSONPrinter.print(frame.element))
        case .html: write(page.print(frame.text, errors: frame.errors))
        case .text, .console, .none: break
        }
        try close()
        if frame.status != .ok { throw CommandFailure(frame.status) }
    }

    private func write(_ text: String) {
        guard let stream else { return print(text, terminator: "") }
        fputs(text, stream)
    }

    private func close() throws {
        let failed = stream.map { fclose($0) != 0 } ?? (fflush(nil) != 0)
        if failed { throw CommandFailure(.ioError, "\(calledAs): Cannot write output: \(String(cString: strerror(errno)))") }
    }
}
