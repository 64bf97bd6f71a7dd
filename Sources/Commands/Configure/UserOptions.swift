// SPDX-License-Identifier: GPL-2.0-or-later
// Options of crm that a user keeps: sections of `name = value` in ~/.config/crm/crm.conf, or in CRM_CONFIG_FILE.
import ConfigurationLanguage

struct UserOptions {
    /// What can be set, with its default and what it does.
    static let known: [(name: String, value: String, summary: String)] = [
        ("core.check_frequency", "always", "always, on-verify or never: when agents are asked about a configuration"),
        ("core.check_mode", "strict", "strict or relaxed: relaxed turns errors of those checks into warnings"),
        ("core.editor", "$EDITOR", "the program that edit runs"),
        ("core.ignore_missing_metadata", "no", "yes: agents that are not installed here are no error"),
        ("core.obscure_pattern", "passw*", "patterns of names whose values are hidden"),
        ("core.sort_elements", "yes", "no: show objects in the order of the CIB"),
        ("core.wait", "no", "yes: wait until the cluster is idle after each change"),
    ]

    private(set) var values: [(name: String, value: String)] = []

    private static var file: String? {
        AgentCatalog.environment("CRM_CONFIG_FILE")
            ?? (AgentCatalog.environment("XDG_CONFIG_HOME") ?? AgentCatalog.environment("HOME").map { "\($0)/.config" }).map { "\($0)/crm/crm.conf" }
    }

    /// Reads the file; without one nothing is set.
    init() {
        guard let file = Self.file, let bytes = TextFile.bytes(file) else { return }
        var section = "core"
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let text = Self.trimmed(line)
            if text.hasPrefix("#") || text.hasPrefix(";") { continue }
            if text.hasPrefix("["), text.hasSuffix("]") {
                section = String(text.dropFirst().dropLast())
            } else if let equals = text.firstIndex(where: { $0 == "=" || $0 == ":" }) {
                values.append(("\(section).\(Self.trimmed(text[..<equals]))", Self.trimmed(text[text.index(after: equals)...])))
            }
        }
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        var result = text.drop { $0 == " " || $0 == "\t" }
        while let last = result.last, last == " " || last == "\t" || last == "\r" { result = result.dropLast() }
        return String(result)
    }

    subscript(_ name: String) -> String? { values.last { $0.name == name }?.value }

    /// Sets an option and keeps it. Options that are not ours stay in the file.
    mutating func set(_ name: String, _ value: String) throws(TextFile.Failure) {
        values.removeAll { $0.name == name }
        values.append((name, value))
        guard let file = Self.file else { return }
        var text = ""
        var sections: [String] = []
        for entry in values where !sections.contains(Self.section(entry.name)) { sections.append(Self.section(entry.name)) }
        for section in sections {
            text += "[\(section)]\n"
            for entry in values where Self.section(entry.name) == section {
                text += "\(entry.name.dropFirst(section.utf8.count + 1)) = \(entry.value)\n"
            }
        }
        if let slash = file.lastIndex(of: "/") { _ = Directory.make(String(file[..<slash])) }
        try TextFile.write(Array(text.utf8), to: file)
    }

    private static func section(_ name: String) -> String { String(name.prefix { $0 != "." }) }
}

/// `crm options`.
struct OptionsLevel {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String]) {
        name == "set" ? set(arguments) : show(arguments.first)
    }

    private func show(_ wanted: String?) {
        let options = UserOptions.known.filter { wanted == nil || wanted == "all" || $0.name == wanted }
        guard !options.isEmpty else { return session.report(.error("options.show: there is no option \(wanted ?? "")")) }
        for option in options { print("\(option.name) = \(session.options.setting(option.name) ?? option.value)") }
    }

    private func set(_ arguments: [String]) {
        guard arguments.count == 2 else {
            return session.report(.error("options.set: Expected (option value), takes exactly 2 arguments (\(arguments.count) given)"))
        }
        let known = UserOptions.known.map(\.name)
        guard known.contains(arguments[0]) else {
            let hint = Spelling.nearest(to: arguments[0], among: known).map { "did you mean \"\($0)\"?" }
            return session.report(.error("options.set: there is no option \(arguments[0])", hint: hint))
        }
        var options = UserOptions()
        do throws(TextFile.Failure) {
            try options.set(arguments[0], arguments[1])
        } catch {
            session.report(.error("options.set: \(error.text)"))
        }
    }
}
