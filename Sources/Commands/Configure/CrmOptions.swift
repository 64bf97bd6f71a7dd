// SPDX-License-Identifier: GPL-2.0-or-later
// The options in front of the command words of `crm` (crm-configure.md section 1).
import ConfigurationLanguage

struct CrmOptions {
    enum Failure: Error { case help, version, usage(String), value(String) }

    var force = false
    var answersNo = false
    var waits = false
    var debug = false
    var file: String?
    var shadow: String?
    var display: [String] = []
    var settings: [(name: String, value: String)] = []
    /// With `--compgen POINT LINE`: the line up to the cursor.
    var completionLine: String?
    /// What follows the options.
    var words: [String] = []

    init(_ arguments: [String]) throws(Failure) {
        var rest = arguments[...]
        func value(_ name: String) throws(Failure) -> String {
            guard let value = rest.popFirst() else { throw .usage("option \(name) requires an argument") }
            return value
        }
        while let word = rest.first, word.hasPrefix("-"), word != "-" {
            rest.removeFirst()
            var name = word
            if word.hasPrefix("--"), let equals = word.firstIndex(of: "=") {
                name = String(word[..<equals])
                rest = [String(word[word.index(after: equals)...])] + rest
            } else if !word.hasPrefix("--"), word.count > 2 {
                name = String(word.prefix(2))
                let more = String(word.dropFirst(2))
                rest = ["fcDHoX".contains(word.dropFirst().first ?? " ") ? more : "-" + more] + rest
            }
            switch name {
            case "--": break
            case "-F", "--force": force = true
            case "-n", "--no": answersNo = true
            case "-w", "--wait": waits = true
            case "-d", "--debug": debug = true
            case "-R", "--regression-tests": break
            case "-f", "--file": file = try value(name)
            case "-c", "--cib": shadow = try value(name)
            case "-D", "--display":
                display += try value(name).split(separator: ",").map(String.init)
                let kinds = ["plain", "color-always", "color", "uppercase"]
                if let unknown = display.first(where: { !kinds.contains($0) }) {
                    throw .value("\(unknown) not in \(kinds.joined(separator: ", "))")
                }
            case "-o", "--opt":
                let setting = try value(name)
                let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2 else { throw .usage("option -o: expected SECTION.NAME=VALUE, got \(setting)") }
                settings.append((parts[0], parts[1]))
            case "--compgen":
                let point = Int(try value(name)) ?? Int.max
                completionLine = String(try value(name).prefix(max(0, point)))
            case "-H", "--history", "-X", "--profile", "--scriptdir": _ = try value(name)
            case "--version": throw .version
            case "-h", "--help": throw .help
            default: throw .usage("no such option: \(name)")
            }
            if name == "--" { break }
        }
        words = Array(rest)
    }

    /// What the user keeps in a file.
    private let kept = UserOptions()

    /// The value of an option set for this run, or else kept by the user.
    func setting(_ name: String) -> String? { settings.last { $0.name == name }?.value ?? kept[name] }

    /// How to print objects; colours only on a terminal unless asked for.
    func style(isTerminal: Bool) -> DisplayStyle {
        if display.contains("uppercase") { return .uppercase }
        if display.contains("color-always") { return .color }
        if display.contains("plain") { return .plain }
        return isTerminal ? .color : .plain
    }

    static let help = """
        Usage: crm [OPTIONS] [LEVEL [COMMAND [ARGUMENTS…]]]

        Without a command words are read from standard input, with completion and history on a terminal.

          -f, --file FILE      read command lines from FILE ("-": standard input)
          -c, --cib CIB        work on the shadow CIB of that name
          -D, --display KIND   plain, color, color-always or uppercase
          -F, --force          answer yes to every question, force what can be forced
          -n, --no             answer no to every question
          -w, --wait           wait until the cluster is idle after each change
          -d, --debug          more messages
          -o, --opt S.N=VALUE  set an option for this run
              --version        print the version
          -h, --help           print this

        Levels: configure, resource, node, ra, cib, corosync, options, status, verify. "crm LEVEL help" lists the commands.
        CIB_file=FILE in the environment makes crm work on that file instead of a cluster.
        """
}
