// SPDX-License-Identifier: GPL-2.0-or-later
// show, save, edit and filter (crm-configure.md sections 6 and 7).
import ClusterXML
import ConfigurationLanguage
import Glibc

extension ConfigureLevel {
    private func selection(_ arguments: [String], _ configuration: Configuration) -> Selection? {
        do throws(EditError) {
            return try Selection(arguments, in: configuration)
        } catch {
            session.report(error.messages)
            return nil
        }
    }

    /// The text of objects as statements or as a CIB document.
    private func text(_ selection: Selection, _ configuration: Configuration, style: DisplayStyle, hidden: [String]) -> String {
        var writer = StatementWriter(configuration, agents: session.agents.installed)
        writer.style = style
        writer.hidden = hidden
        guard selection.asXML else {
            return writer.text(of: selection.objects, sorted: session.options.setting("core.sort_elements") != "no")
        }
        let everything = selection.objects.count == configuration.allObjects.count
        let keys = everything ? nil : selection.topLevelKeys(in: configuration)
        var document = configuration.assembled(only: keys, includingRest: false)
        Self.arrange(&document)
        return "<?xml version=\"1.0\" ?>\n" + writer.obscured(document).serialized(.indented) + "\n"
    }

    /// Templates come before what uses them, optional sections in a fixed order.
    private static func arrange(_ document: inout XMLElement) {
        let optional = ["tags", "fencing-topology", "rsc_defaults", "op_defaults", "acls", "alerts"]
        guard let place = document.children.firstIndex(where: { $0.name == "configuration" }) else { return }
        let sections = document.children[place].children
        document.children[place].children =
            sections.filter { !optional.contains($0.name) } + optional.flatMap { name in sections.filter { $0.name == name } }
        for index in document.children[place].children.indices where document.children[place].children[index].name == "resources" {
            let resources = document.children[place].children[index].children
            document.children[place].children[index].children =
                resources.filter { $0.name == "template" } + resources.filter { $0.name != "template" }
        }
    }

    func show(_ arguments: [String], _ configuration: Configuration) {
        guard let selection = selection(arguments, configuration) else { return }
        let patterns = session.options.setting("core.obscure_pattern") ?? "passw*"
        let hidden = selection.hidden ?? patterns.split { $0 == " " || $0 == "|" || $0 == "," }.map(String.init)
        let style = session.options.style(isTerminal: isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil)
        print(text(selection, configuration, style: style, hidden: hidden), terminator: "")
    }

    func save(_ arguments: [String], _ configuration: Configuration) {
        guard let file = arguments.last else {
            return fail("save", "Expected 1 argument (\(arguments.count) given)")
        }
        guard let selection = selection(Array(arguments.dropLast()), configuration) else { return }
        let content = text(selection, configuration, style: .plain, hidden: [])
        guard file != "-" else { return print(content, terminator: "") }
        do throws(TextFile.Failure) {
            try TextFile.write(Array(content.utf8), to: file)
        } catch {
            session.report(.error("could not write \(file): \(error.text)"))
        }
    }

    // MARK: filter and edit

    func filter(_ arguments: [String], _ configuration: Configuration) {
        guard let command = arguments.first else { return fail("filter", "Expected at least 1 argument (0 given)") }
        guard let selection = selection(Array(arguments.dropFirst()), configuration) else { return }
        let before = text(selection, configuration, style: .plain, hidden: [])
        guard let output = ProgramRun.filter(command, Array(before.utf8)) else {
            return fail("filter", "the filter failed; nothing was changed")
        }
        replace(selection, with: String(decoding: output, as: UTF8.self), name: "filter")
    }

    func edit(_ arguments: [String], _ configuration: Configuration) {
        guard session.isInteractive else {
            session.report(.info("edit not allowed in batch mode"))
            session.failed = true
            return
        }
        guard let selection = selection(arguments, configuration) else { return }
        var content = text(selection, configuration, style: .plain, hidden: [])
        while true {
            guard let edited = edited(content) else { return }
            if edited == content { return }
            if replace(selection, with: edited, name: "edit") { return }
            guard session.asks("Edit or discard changes (yes to edit, no to discard)") else { return }
            content = edited
        }
    }

    private func edited(_ content: String) -> String? {
        var pattern = Array("/tmp/clusterctl-edit-XXXXXX".utf8CString)
        let descriptor = mkstemp(&pattern)
        guard descriptor >= 0 else { return nil }
        close(descriptor)
        let path = String(decoding: pattern.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(path) }
        guard (try? TextFile.write(Array(content.utf8), to: path)) != nil else { return nil }
        let editor = session.options.setting("core.editor") ?? AgentCatalog.environment("EDITOR") ?? "vi"
        guard ProgramRun.interactive("/bin/sh", ["-c", "\(editor) \"$0\"", path]) == 0 else {
            session.report(.error("\(editor) failed; nothing was changed"))
            return nil
        }
        return TextFile.bytes(path).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Puts new text in place of the selected objects: what is no longer in it is deleted.
    @discardableResult
    private func replace(_ selection: Selection, with text: String, name: String) -> Bool {
        let agents = session.agents.installed
        return change(source: MessagePrinter.Source(name: name, text: text)) { configuration throws(EditError) in
            if selection.asXML {
                return try configuration.replaceXML(selection, with: text)
            }
            return try configuration.replace(selection, with: StatementFile.parsed(text, agents: agents))
        }
    }
}
