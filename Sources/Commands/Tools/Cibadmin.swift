// SPDX-License-Identifier: GPL-2.0-or-later
// cibadmin: query and change the CIB (spec: cli-tools section 7).
package import ArgumentParser
import CIBModel
import ClusterXML
import Glibc

package struct Cibadmin: ParsableCommand, AdaptsArguments {
    package static let configuration = CommandConfiguration(
        commandName: "cibadmin", abstract: "Query and edit the cluster's configuration and state (the CIB).",
        discussion: "Works on the file in CIB_file or the shadow copy in CIB_shadow if one is set, else on the running cluster.")

    @OptionGroup var common: CommonToolOptions
    @OptionGroup var output: OutputOptions

    @Flag(name: [.customShort("Q"), .long], help: "Show the CIB or a part of it (the default).")
    var query = false
    @Flag(name: [.customShort("C"), .long], help: "Create an object; fails if it exists.")
    var create = false
    @Flag(name: [.customShort("M"), .long], help: "Find an object anywhere and update it; fails if there is none, unless -c.")
    var modify = false
    @Flag(name: [.customShort("R"), .long], help: "Replace an object as a whole.")
    var replace = false
    @Flag(name: [.customShort("D"), .long], help: "Delete the first object with the given name and attributes.")
    var delete = false
    @Flag(name: [.customShort("d"), .customLong("delete-all")], help: "With --xpath: delete all objects that match.")
    var deleteAll = false
    @Flag(name: [.customShort("P"), .long], help: "Apply a patch set (see crm_diff).")
    var patch = false
    @Flag(name: [.customShort("B"), .long], help: "Count the epoch up by one.")
    var bump = false
    @Flag(name: [.customShort("E"), .long], help: "Empty the whole CIB.")
    var erase = false
    @Flag(name: [.customShort("u"), .long], help: "Upgrade the CIB to the newest schema.")
    var upgrade = false
    @Option(name: [.customShort("a"), .customLong("empty")], help: ArgumentHelp("Print an empty CIB, for the schema given or the newest.", valueName: "schema"))
    var empty: String?
    @Flag(name: [.customShort("5"), .customLong("md5-sum")], help: "Print the digest of XML as CIB files have it.")
    var md5Sum = false
    @Flag(name: [.customShort("6"), .customLong("md5-sum-versioned")], help: "Print the digest of XML as patch sets have it.")
    var md5SumVersioned = false

    @Option(name: [.customShort("X"), .customLong("xml-text")], parsing: .unconditional, help: "The XML to use.")
    var xmlText: String?
    @Option(name: [.customShort("x"), .customLong("xml-file")], help: "A file with the XML to use.")
    var xmlFile: String?
    @Flag(name: [.customShort("p"), .customLong("xml-pipe")], help: "Read the XML to use from standard input.")
    var xmlPipe = false

    @Option(name: [.customShort("o"), .customLong("scope")], help: "Only this section of the CIB.")
    var scope: String?
    @Option(name: [.customShort("A"), .long], help: "An XPath to use instead of a section.")
    var xpath: String?
    @Flag(name: [.customShort("e"), .customLong("node-path")], help: "With --xpath: print where the matches are.")
    var nodePath = false
    @Flag(name: [.customShort("n"), .customLong("no-children")], help: "Show objects without what is in them.")
    var noChildren = false
    @Flag(name: [.customShort("c"), .customLong("allow-create")], help: "With --modify: create the object if it does not exist.")
    var allowCreate = false
    @Flag(help: "With --modify: compute values such as name++ and name+=N.")
    var score = false
    @Flag(name: [.short, .long], help: "Do dangerous things.")
    var force = false
    @Option(name: [.short, .long], help: "Seconds to wait for an answer.")
    var timeout: Int?
    @Option(name: [.customShort("U"), .long], help: "Act with the rights of this user.")
    var user: String?
    @Option(name: [.customShort("S"), .customLong("show-access")], help: ArgumentHelp("With -Q -U: show the rights of the user, as color, text or namespace.", valueName: "form"))
    var showAccess: String?

    @Option(name: [.customShort("N"), .customLong("node")], help: .hidden)
    var node: String?
    @Flag(name: [.customShort("l"), .customLong("local")], help: .hidden)
    var local = false
    @Flag(name: [.customShort("s"), .customLong("sync-call")], help: .hidden)
    var syncCall = false

    package init() {}

    package static func adapted(_ arguments: [String]) -> [String] {
        OptionalValue.filled(arguments, options: ["-a", "--empty", "-S", "--show-access"])
    }

    package func run() throws {
        try output.run { output in
            try perform(output)
        }
    }

    private func perform(_ output: ToolOutput) throws {
        if let empty { return try printEmpty(empty, output) }
        let data = try input()
        if md5Sum || md5SumVersioned { return try printDigest(data, output) }
        let operation = try operation()
        if erase || upgrade, !force {
            throw CommandFailure(
                .unsafe,
                "cibadmin: The supplied command is considered dangerous. To prevent accidental destruction of the cluster, the --force flag is required in order to proceed.")
        }
        if ["cib_create", "cib_modify", "cib_replace", "cib_apply_diff"].contains(operation), data == nil, xpath == nil || operation != "cib_delete" {
            throw CommandFailure(.software, "cibadmin: CIB API call failed: Invalid argument")
        }
        let session: CIBSession
        do {
            session = try CIBSession()
        } catch {
            explain(error.details, output)
            throw CommandFailure(error.exitCode, "cibadmin: Could not connect to the CIB API: \(error.text)")
        }
        try send(request(operation, data, output), to: session, output)
    }

    private func operation() throws -> String {
        let chosen: [(Bool, String)] = [
            (query, "cib_query"), (create, "cib_create"), (modify, "cib_modify"), (replace, "cib_replace"),
            (delete, "cib_delete"), (deleteAll, "cib_delete"), (patch, "cib_apply_diff"), (bump, "cib_bump"),
            (erase, "cib_erase"), (upgrade, "cib_upgrade"),
        ].filter(\.0)
        if deleteAll, xpath == nil { throw CommandFailure(.usage, "cibadmin: Option -d/--delete-all requires --xpath") }
        return chosen.last?.1 ?? "cib_query"
    }

    private func request(_ operation: String, _ data: XMLElement?, _ output: ToolOutput) -> CIBRequest {
        var options: CIBOptions = []
        if xpath != nil { options.insert(.xpath) }
        if deleteAll { options.insert(.multiple) }
        if nodePath { options.insert(.xpathAddress) }
        if noChildren { options.insert(.noChildren) }
        if allowCreate { options.insert(.canCreate) }
        if score { options.insert(.scoreUpdate) }
        if local { options.insert(.localScope) }
        var section = xpath
        if xpath == nil, let scope {
            if CIBSection.names.contains(scope) || scope == "cib" || scope == "all" {
                section = scope
            } else {
                output.error("Invalid value '\(scope)' for '--scope'. Operation will apply to the entire CIB")
                section = nil
            }
        }
        var data = data
        // A whole CIB given to replace one section: that section of it is meant.
        if operation == "cib_replace", data?.name == "cib", let scope, let cib = data,
            let place = CIBSection.place(of: scope, in: cib), place != .root
        {
            data = cib[place]
        }
        return CIBRequest(operation, section: section, options: options, data: data, user: showAccess == nil ? user : nil)
    }

    private func input() throws -> XMLElement? {
        if let xmlText {
            do {
                return try XMLParser.parse(xmlText)
            } catch {
                throw CommandFailure(.dataError, "cibadmin: Couldn't parse input from input string: \(error.description)")
            }
        }
        if let xmlFile {
            do {
                return try XMLInput.parse(file: xmlFile)
            } catch let failure as CommandFailure where failure.exitCode == .noInput {
                let exists = access(xmlFile, F_OK) == 0
                throw CommandFailure(exists ? .noInput : .noSuchObject, "cibadmin: Couldn't open \(failure.message)")
            } catch let failure as CommandFailure {
                throw CommandFailure(.dataError, "cibadmin: Couldn't parse input from \(failure.message)")
            }
        }
        guard xmlPipe else { return nil }
        do {
            return try XMLInput.parse(descriptor: STDIN_FILENO)
        } catch {
            throw CommandFailure(.dataError, "cibadmin: Couldn't parse input from stdin: \(error.description)")
        }
    }

    // MARK: Without a CIB

    private func printEmpty(_ schema: String, _ output: ToolOutput) throws {
        var cib = CIBDocument.empty(epoch: 1)
        if schema != OptionalValue.absent { cib["validate-with"] = schema }
        output.xml(cib.serialized(.indented))
    }

    private func printDigest(_ data: XMLElement?, _ output: ToolOutput) throws {
        guard let data else {
            throw CommandFailure(.usage, "cibadmin: Please supply XML to process with -X, -x, or -p")
        }
        let digest = md5Sum ? Digest.version1(data) : Digest.version2(data)
        output.result(XMLElement("md5-sum", [("digest", digest)]), text: digest)
    }

    // MARK: Requests

    private func send(_ request: CIBRequest, to session: CIBSession, _ output: ToolOutput) throws {
        let answer: CIBAnswer
        do {
            answer = try session.perform(request)
        } catch {
            explain(error.details, output)
            throw CommandFailure(error.exitCode, "cibadmin: CIB API call failed: \(error.text)")
        }
        if common.verbose >= 2 { for note in answer.notes { complain(note.description) } }
        if common.verbose == 1 { for note in answer.notes where note.severity == .warning { complain(note.description) } }
        if let error = answer.error { return try report(error, answer, request, session, output) }
        guard var data = answer.data, request.operation == "cib_query" else { return }
        if let user, showAccess != nil {
            data = try session.query()
            return output.xml(try AccessRendering(form: accessForm()).text(data, user: user))
        }
        if request.options.contains(.xpathAddress), data.name == "xpath-query" {
            let places = data.elements("xpath-query-path").compactMap(\.id)
            if !places.isEmpty || !noChildren { return output.xml(places.map { $0 + "\n" }.joined()) }
        }
        output.xml(data.serialized(.indented))
    }

    private func report(
        _ error: CIBError, _ answer: CIBAnswer, _ request: CIBRequest, _ session: CIBSession, _ output: ToolOutput
    ) throws {
        if error == .schemaUnchanged {
            return output.info("Upgrade unnecessary: \(error.text)")
        }
        // What is wrong in detail helps people; scripts compare what is printed for files.
        if session.isLive {
            for detail in details(error, answer, request, session) { output.error(detail) }
        } else {
            explain(answer.details, output)
        }
        if let data = answer.data, data.name == "failed" || session.isLive { output.xml(data.serialized(.indented)) }
        throw CommandFailure(error.exitCode, "cibadmin: CIB API call failed: \(error.text)")
    }

    /// What is wrong with a change that the cluster refused. It says only that it did, so the change is tried here.
    private func details(_ error: CIBError, _ answer: CIBAnswer, _ request: CIBRequest, _ session: CIBSession) -> [String] {
        if request.operation == "cib_apply_diff", let patch = request.data {
            if patch.name != "diff" {
                return ["<\(patch.name)> is no patch: expected <diff format=\"2\">, as crm_diff and crm_shadow --diff make them"]
            }
            guard var cib = try? session.query() else { return [] }
            do throws(CIBPatch.Failure) { try CIBPatch.apply(patch, to: &cib) } catch { return [error.explanation] }
        }
        if let xpath {
            do throws(XPathError) { _ = try XPath(xpath).first(in: XMLElement("cib")) } catch { return ["\(xpath): \(error)"] }
        }
        guard error == .notValid, answer.details.isEmpty, var cib = try? session.query() else { return answer.details }
        return CIBEngine.perform(request, on: &cib, wallSeconds: 0).details
    }

    private func explain(_ details: [String], _ output: ToolOutput) {
        if common.verbose > 0 { for detail in details { output.error(detail) } }
    }

    private func accessForm() throws -> AccessRendering.Form {
        switch showAccess {
        case "color": .color
        case "text": .text
        case "namespace": .namespace
        case "auto", OptionalValue.absent: isatty(STDOUT_FILENO) == 1 ? .color : .text
        default: throw CommandFailure(.usage, "cibadmin: Unrecognized value for --show-access: \"\(showAccess ?? "")\"")
        }
    }
}
