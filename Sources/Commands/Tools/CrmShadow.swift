// SPDX-License-Identifier: GPL-2.0-or-later
// crm_shadow: copies of the CIB to try changes on (spec: cli-tools section 16).
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc
import Reports

package struct CrmShadow: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "crm_shadow", abstract: "Try changes of the configuration on a copy (a shadow) before committing them.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions
    @Flag(name: [.short, .long], help: "Name the active shadow copy.")
    var which = false
    @Flag(name: [.customShort("p"), .long], help: "Print the active shadow copy.")
    var display = false
    @Flag(name: [.short, .long], help: "Show how the shadow copy differs from the active CIB.")
    var diff = false
    @Flag(name: [.customShort("F"), .long], help: "Name the file of the active shadow copy.")
    var file = false
    @Flag(name: [.customShort("E"), .long], help: "Edit the active shadow copy with $EDITOR.")
    var edit = false
    @Option(name: [.short, .long], help: "Create a shadow copy of the active CIB.")
    var create: String?
    @Option(name: [.customShort("e"), .customLong("create-empty")], help: "Create a shadow copy with an empty CIB.")
    var createEmpty: String?
    @Option(name: [.customShort("C"), .long], help: "Make the contents of a shadow copy the active configuration.")
    var commit: String?
    @Option(name: [.customShort("D"), .long], help: "Delete a shadow copy.")
    var delete: String?
    @Option(name: [.short, .long], help: "Make a shadow copy the same as the active CIB again.")
    var reset: String?
    @Option(name: [.short, .long], help: "Switch to another shadow copy.")
    var `switch`: String?
    @Flag(name: [.short, .long], help: "Do dangerous things.")
    var force = false
    @Flag(name: [.short, .long], help: "Start no shell.")
    var batch = false
    @Flag(name: [.short, .long], help: "With --commit: the status section, too.")
    var all = false
    @Option(name: [.customShort("v"), .customLong("validate-with")], help: "With --create-empty: the schema of the CIB.")
    var validateWith: String?

    package init() {}

    package func run() throws {
        try output.run { output in
            if let create { return try createCopy(create, output) }
            if let createEmpty { return try createEmptyCopy(createEmpty, output) }
            if let commit { return try commitCopy(commit, output) }
            if let delete { return try deleteCopy(delete, output) }
            if let reset { return try resetCopy(reset, output) }
            if let name = `switch` {
                try requireFile(of: name)
                return try enter(name, "To switch to the named shadow instance", output)
            }
            try withActiveCopy(output)
        }
    }

    // MARK: The active copy

    private func withActiveCopy(_ output: ToolOutput) throws {
        guard let name = CIBSource.variable("CIB_shadow") else {
            throw CommandFailure(.noSuchObject, "crm_shadow: No active shadow configuration defined")
        }
        let path = CIBSource.shadowPath(name)
        if file { return output.result(XMLElement("shadow", [("instance", name), ("file", path)]), text: path) }
        if which || !(display || diff || edit) { return output.result(XMLElement("shadow", [("instance", name)]), text: name) }
        try requireFile(of: name)
        if edit { return try openEditor(path) }
        let copy = try read(path)
        if display { return show(copy, name, output) }
        try compare(copy, name, output)
    }

    private func show(_ copy: XMLElement, _ name: String, _ output: ToolOutput) {
        let text = copy.serialized(.indented)
        output.raw(text)
        output.result(XMLElement("shadow", [("instance", name)], children: [XMLElement("content", children: [.cdata(text)])]))
    }

    private func compare(_ copy: XMLElement, _ name: String, _ output: ToolOutput) throws {
        let active = try activeCIB()
        guard let patch = CIBPatch.diff(from: active, to: copy, options: [.attributeOrder]) else {
            return output.result(XMLElement("shadow", [("instance", name)]))
        }
        for line in PatchText.lines(patch) { output.line(line) }
        let text = XMLElement("xml-patchset", children: [.cdata(patch.serialized(.indented))])
        output.result(XMLElement("shadow", [("instance", name)], children: [text]))
        output.status = .error
    }

    private func openEditor(_ path: String) throws {
        guard let editor = CIBSource.variable("EDITOR") else {
            throw CommandFailure(.notConfigured, "crm_shadow: No value for EDITOR defined")
        }
        try replaceProcess(editor, [path], environment: nil)
    }

    // MARK: Making and removing copies

    private func createCopy(_ name: String, _ output: ToolOutput) throws {
        try refuseExisting(name)
        try write(try activeCIB(), name)
        try enter(name, "A new shadow instance was created. To begin using it", output)
    }

    private func createEmptyCopy(_ name: String, _ output: ToolOutput) throws {
        try refuseExisting(name)
        var cib = CIBDocument.empty()
        if let validateWith { cib["validate-with"] = validateWith }
        try write(cib, name)
        output.line("Created new \(cib["validate-with"] ?? "") configuration")
        try enter(name, "A new shadow instance was created. To begin using it", output)
    }

    private func resetCopy(_ name: String, _ output: ToolOutput) throws {
        if !force {
            let active = CIBSource.variable("CIB_shadow")
            if let active, active != name {
                throw danger(.usage, "The supplied shadow instance (\(name)) is not the same as the active one (\(active)).", "cluster")
            }
            try requireFile(of: name)
        }
        try write(try activeCIB(), name)
        try enter(name, "A new shadow instance was created. To begin using it", output)
    }

    private func deleteCopy(_ name: String, _ output: ToolOutput) throws {
        if !force { throw danger(.usage, withMismatch("The delete command removes the specified shadow file.", name), "shadow file") }
        if unlink(CIBSource.shadowPath(name)) != 0, errno != ENOENT {
            throw CommandFailure(.insufficientPrivileges, "crm_shadow: Could not remove shadow instance '\(name)': \(String(cString: strerror(errno)))")
        }
        guard CIBSource.variable("CIB_shadow") == name else { return }
        instruct(
            "Remember to unset the CIB_shadow variable by entering the following into your shell:\n\tunset CIB_shadow", output)
    }

    private func commitCopy(_ name: String, _ output: ToolOutput) throws {
        if !force { throw danger(.usage, withMismatch("The commit command overwrites the active cluster configuration.", name), "cluster") }
        try requireFile(of: name)
        let copy = try read(CIBSource.shadowPath(name))
        let session = try connect()
        var request = CIBRequest("cib_replace", data: copy)
        if !all {
            request.section = "configuration"
            request.data = copy.first("configuration")
        }
        do {
            try session.change(request)
        } catch {
            throw CommandFailure(error.exitCode, "crm_shadow: Could not commit shadow instance '\(name)' to the CIB: \(error.text)")
        }
    }

    // MARK: Parts

    private func connect() throws -> CIBSession {
        do {
            return try CIBSession(.ignoringShadow, explaining: false)
        } catch {
            throw CommandFailure(error.exitCode, "crm_shadow: Could not connect to CIB: \(error.text)")
        }
    }

    private func activeCIB() throws -> XMLElement {
        let session = try connect()
        do {
            return try session.query()
        } catch {
            throw CommandFailure(error.exitCode, "crm_shadow: Could not query the CIB: \(error.text)")
        }
    }

    private func read(_ path: String) throws -> XMLElement {
        do {
            return try CIBFile.readUnchecked(path)
        } catch {
            throw CommandFailure(error.exitCode, "crm_shadow: Could not parse \(path)")
        }
    }

    private func write(_ cib: XMLElement, _ name: String) throws {
        do {
            try CIBFile.write(cib, to: CIBSource.shadowPath(name))
        } catch {
            throw CommandFailure(error.exitCode, "crm_shadow: Could not \(force ? "reset" : "create") the shadow instance '\(name)': \(error.text)")
        }
    }

    private func requireFile(of name: String) throws {
        guard access(CIBSource.shadowPath(name), F_OK) != 0 else { return }
        throw CommandFailure(.noSuchObject, "crm_shadow: Could not access shadow instance '\(name)': \(String(cString: strerror(errno)))")
    }

    private func refuseExisting(_ name: String) throws {
        guard !force, access(CIBSource.shadowPath(name), F_OK) == 0 else { return }
        throw danger(.cannotCreate, "A shadow instance '\(name)' already exists.", "shadow file")
    }

    private func withMismatch(_ reason: String, _ name: String) -> String {
        guard let active = CIBSource.variable("CIB_shadow"), active != name else { return reason }
        return reason + "\nAdditionally, the supplied shadow instance (\(name)) is not the same as the active one (\(active))."
    }

    private func danger(_ code: ExitCode, _ reason: String, _ target: String) -> CommandFailure {
        CommandFailure(
            code,
            "crm_shadow: \(reason)\nTo prevent accidental destruction of the \(target), the --force flag is required in order to proceed.")
    }

    private func instruct(_ text: String, _ output: ToolOutput) {
        output.result(XMLElement("instruction", children: [.text(text)]), text: text)
    }

    /// Says how to work on a copy or, without --batch, starts a shell that does.
    private func enter(_ name: String, _ reason: String, _ output: ToolOutput) throws {
        guard !batch, output.isText, isatty(STDIN_FILENO) == 1 else {
            return instruct("\(reason), enter the following into your shell:\n\texport CIB_shadow=\(name)", output)
        }
        output.line("Type Ctrl-D to exit the crm_shadow shell")
        fflush(nil)
        try replaceProcess(CIBSource.variable("SHELL") ?? "/bin/sh", [], environment: ("CIB_shadow", name))
    }

    private func replaceProcess(_ program: String, _ arguments: [String], environment: (String, String)?) throws {
        if let environment {
            setenv(environment.0, environment.1, 1)
            setenv("PS1", "shadow[\(environment.1)] # ", 1)
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        execvp(program, &words)
        throw CommandFailure(.osError, "crm_shadow: Could not start \(program): \(String(cString: strerror(errno)))")
    }
}
