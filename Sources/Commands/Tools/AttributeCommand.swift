// SPDX-License-Identifier: GPL-2.0-or-later
// What crm_attribute and its wrappers do once their options are understood.
import CIBModel
import Client
import ClusterXML
import Glibc

/// A question about, or a change of, options or node attributes.
struct AttributeArguments {
    var name: String?
    var pattern: String?
    var node: String?
    var section = AttributeScope.Section.crmConfig
    var isUtilization = false
    var set: String?
    var id: String?
    /// The answer when there is no value.
    var standard: String?
    var isQuiet = false
    /// The value to set; nil for a query or a deletion.
    var value: String?
    var isDeletion = false
    /// Between `scope=…` and `name=…`; crm_failcount has two blanks.
    var separator = " "

    /// The attribute that holds a resource's promotion score; instances of a clone share it.
    static func promotionName(_ resource: String) -> String {
        let base = resource.split(separator: ":", omittingEmptySubsequences: false).first ?? ""
        return "master-\(base)"
    }
}

struct AttributeCommand {
    let arguments: AttributeArguments

    init(_ arguments: AttributeArguments) {
        self.arguments = arguments
    }

    func run(_ output: ToolOutput) throws {
        try checkNames()
        let session: CIBSession
        do {
            session = try CIBSession()
        } catch {
            throw CommandFailure(error.exitCode, "\(calledAs): Could not connect to the CIB: \(error.text)")
        }
        do {
            let cib = try session.query()
            let scope = try scope(in: cib, session)
            if let value = arguments.value { return try update(value, scope, cib, session, output) }
            if arguments.isDeletion { return try delete(scope, cib, session, output) }
            try show(scope, cib, output)
        } catch let error as CIBAccessError {
            throw CommandFailure(error.exitCode, "\(calledAs): Error performing operation: \(error.text)")
        }
    }

    private func checkNames() throws {
        if arguments.name == "", arguments.value != nil { throw CommandFailure(.usage, "\(calledAs): Error: the attribute's name is empty") }
        guard arguments.name == nil, arguments.id == nil else { return }
        if arguments.pattern != nil {
            guard arguments.section == .status || (arguments.value == nil && !arguments.isDeletion) else {
                throw CommandFailure(
                    .usage, "\(calledAs): Error: pattern can only be used with query, or with till-reboot update or delete")
            }
            return
        }
        let action = arguments.value != nil ? "update" : arguments.isDeletion ? "delete" : "query"
        throw CommandFailure(.usage, "\(calledAs): Error: must specify attribute name or pattern to \(action)")
    }

    // MARK: Where

    private func scope(in cib: XMLElement, _ session: CIBSession) throws -> AttributeScope {
        var scope = AttributeScope(
            arguments.section, isUtilization: arguments.isUtilization, set: arguments.set, id: arguments.id)
        guard scope.isOfNode else { return scope }
        let name = LocalNode.name(given: arguments.node, session)
        guard let found = CIBNodes.id(ofNode: name, in: cib) else {
            throw CommandFailure(.noSuchObject, "\(calledAs): Could not map name=\(name) to a UUID")
        }
        scope.node = found.id
        scope.nodeIsRemote = found.isRemote
        return scope
    }

    private func matches(_ scope: AttributeScope, _ cib: XMLElement) throws -> [AttributeScope.Match] {
        guard let pattern = arguments.pattern, arguments.name == nil else {
            return scope.matches(in: cib) { arguments.name == nil || $0 == arguments.name }
        }
        guard let expression = RegularExpression(pattern) else {
            throw CommandFailure(.usage, "\(calledAs): '\(pattern)' is not a valid regular expression")
        }
        return scope.matches(in: cib) { expression.matches($0) }
    }

    /// The one pair that is meant; more than one ends the command with the list of them.
    private func single(_ found: [AttributeScope.Match], _ output: ToolOutput) throws -> AttributeScope.Match? {
        guard found.count > 1, arguments.pattern == nil else { return found.first }
        output.line("Multiple attributes match name=\(arguments.name ?? found[0].name)")
        for match in found { output.line("  Value: \(match.value) \t(id=\(match.id))") }
        throw CommandFailure(
            .multipleMatch, "\(calledAs): Please choose from one of the matches below and supply the 'id' with --attr-id")
    }

    // MARK: Actions

    private func show(_ scope: AttributeScope, _ cib: XMLElement, _ output: ToolOutput) throws {
        var found = try matches(scope, cib)
        if arguments.pattern == nil { found = try single(found, output).map { [$0] } ?? [] }
        if found.isEmpty {
            guard let standard = arguments.standard else { throw CIBAccessError(.noSuchObject) }
            found = [AttributeScope.Match(id: "", name: arguments.name ?? "", value: standard)]
        }
        for match in found {
            let element = XMLElement("attribute", [("name", match.name), ("value", match.value), ("scope", scope.section.rawValue)])
            let line = "scope=\(scope.section.rawValue)\(arguments.separator)name=\(match.name) value=\(match.value)"
            output.result(element, text: arguments.isQuiet ? match.value : line)
        }
    }

    private func update(_ value: String, _ scope: AttributeScope, _ cib: XMLElement, _ session: CIBSession, _ output: ToolOutput) throws {
        if scope.section == .status, session.isLive, scope.id == nil { return try sendToManager(value, scope, session) }
        let found = try matches(scope, cib)
        if arguments.pattern != nil {
            for match in found { try write(match.name, value, match.id, scope, session, output) }
            return
        }
        guard let name = arguments.name ?? found.first?.name else { throw CIBAccessError(.noSuchObject) }
        try write(name, value, try single(found, output)?.id, scope, session, output)
    }

    private func write(
        _ name: String, _ value: String, _ existing: String?, _ scope: AttributeScope, _ session: CIBSession, _ output: ToolOutput
    ) throws {
        let request = CIBRequest(
            "cib_modify", section: existing == nil ? nil : scope.cibSection, options: [.canCreate, .scoreUpdate],
            data: try data(name, value, existing, scope, session))
        do {
            try session.change(request)
        } catch {
            if error.exitCode == .insufficientPrivileges || session.isLive {
                output.error(
                    "Error setting \(name)=\(value) (section=\(scope.section.rawValue), set=\(arguments.set ?? "<null>")): \(error.text)")
            }
            throw error
        }
    }

    /// The change as one tree from the root of the CIB, or just the pair if it is there.
    private func data(
        _ name: String, _ value: String, _ existing: String?, _ scope: AttributeScope, _ session: CIBSession
    ) throws -> XMLElement {
        let update = scope.update(name: name, value: value, existing: existing)
        guard existing == nil else { return update }
        let inner = update.name == "status" ? update : XMLElement("configuration", children: [update])
        return XMLElement("cib", children: [inner])
    }

    private func delete(_ scope: AttributeScope, _ cib: XMLElement, _ session: CIBSession, _ output: ToolOutput) throws {
        if scope.section == .status, session.isLive, scope.id == nil { return try sendToManager(nil, scope, session) }
        let found = try matches(scope, cib)
        let chosen = arguments.pattern == nil ? try single(found, output).map { [$0] } ?? [] : found
        for match in chosen {
            try session.change(CIBRequest("cib_delete", section: scope.cibSection, data: scope.deletion(of: match)))
            let kind = scope.isOfNode ? "attribute" : "option"
            let id = arguments.id == nil ? match.id : "(null)"
            output.line("Deleted \(scope.section.rawValue) \(kind): id=\(id) name=\(match.name)")
        }
    }

    /// Transient attributes of a running cluster are the attribute manager's.
    private func sendToManager(_ value: String?, _ scope: AttributeScope, _ session: CIBSession) throws {
        guard let client = session.client else { throw CIBAccessError(.notConnected) }
        do {
            let node = LocalNode.name(given: arguments.node, session)
            if let name = arguments.name {
                try client.setAttribute(name, to: value, node: node, nodeIsRemote: scope.nodeIsRemote, set: scope.set)
            } else if let pattern = arguments.pattern {
                var message = XMLElement("create_attrd_op", [("task", "update"), ("attr_regex", pattern), ("attr_host", node)])
                message["attr_is_remote"] = scope.nodeIsRemote ? "1" : "0"
                message["attr_value"] = value
                _ = try client.attrd(message)
            }
        } catch {
            var code = ExitCode.disconnected
            if case .refused(-13) = error { code = .insufficientPrivileges }
            throw CommandFailure(code, "\(calledAs): Error performing operation: \(error.text)")
        }
    }
}

/// The node that a tool means when none is named.
enum LocalNode {
    /// The given name, or the node that the calling agent acts for, or this node as the cluster knows it, or this host.
    static func name(given: String?, _ session: CIBSession) -> String {
        if let given, !given.isEmpty, given != "localhost", given != "." { return given }
        if let name = ClusterAccess.agentNode { return name }
        // On a remote node the cluster's name for it may be another than the host's.
        if let client = session.client, let info = try? client.controller("node-info").first, let name = info["uname"], !name.isEmpty {
            return name
        }
        return hostName
    }

    private static var hostName: String {
        if let name = CIBSource.variable("PCMK_node_name") { return name }
        var names = utsname()
        guard uname(&names) == 0 else { return "localhost" }
        return withUnsafeBytes(of: &names.nodename) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// A POSIX extended regular expression.
final class RegularExpression {
    private var compiled = regex_t()

    /// - Returns: nil if the expression is not valid.
    init?(_ pattern: String) {
        guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
    }

    deinit { regfree(&compiled) }

    func matches(_ text: String) -> Bool { regexec(&compiled, text, 0, nil, 0) == 0 }
}
