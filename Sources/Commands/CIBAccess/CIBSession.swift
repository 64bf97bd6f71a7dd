// SPDX-License-Identifier: GPL-2.0-or-later
// A tool's work on a CIB, wherever that is: requests go to the engine for files and to the cluster otherwise.
package import CIBModel
import Client
package import ClusterXML
import Glibc

/// A CIB that is open for requests. Changes of files are written at once.
package final class CIBSession {
    package let source: CIBSource
    /// The user that access lists are checked for, in files.
    package var user: String?
    private var cib: XMLElement?
    /// Whether the file is known to be valid.
    private var isChecked = false
    private(set) var client: ClusterClient?

    /// Opens the CIB that the environment selects.
    package convenience init() throws(CIBAccessError) {
        try self.init(.fromEnvironment)
    }

    /// - Parameter explaining: says on standard error what is wrong with a file.
    /// - Throws: when a file is missing or no XML, or the cluster cannot be reached. Validity is checked with the first request.
    package init(_ source: CIBSource, explaining: Bool = true) throws(CIBAccessError) {
        self.source = source
        user = CIBSource.variable("CIB_user")
        switch source {
        case .file(let path), .shadow(_, let path):
            let read = { () throws(CIBAccessError) in try CIBFile.readUnchecked(path) }
            cib = try explaining ? CIBFile.explaining(read) : read()
        case .cluster:
            do {
                client = try ClusterClient.connect(as: calledAs)
            } catch {
                throw CIBAccessError(.notConnected, details: [error.text])
            }
        }
    }

    /// Whether a running cluster answers, not a file.
    package var isLive: Bool { source == .cluster }

    /// Carries out a request; a file is written when it changed.
    package func perform(_ request: CIBRequest) throws(CIBAccessError) -> CIBAnswer {
        if let client { return try send(request, to: client) }
        // The result of a change is checked anyway; once suffices.
        if !Self.isCheckedAfterwards(request) { try check() }
        guard var tree = cib else { throw CIBAccessError(.notConnected) }
        var request = request
        request.user = request.user ?? user
        if let user = request.user, !AccessControl.isPrivileged(user) { request.groups = CIBSource.groups(of: user) }
        cib = nil
        let answer = CIBEngine.perform(request, on: &tree, wallSeconds: CIBSession.localSeconds)
        cib = tree
        if answer.rc != 0 || answer.change != .configuration { try check() }
        if answer.rc == 0, answer.change == .configuration { isChecked = true }
        if answer.rc == 0, answer.change != .none, !request.options.contains(.dryRun) { try write(tree) }
        return answer
    }

    private static func isCheckedAfterwards(_ request: CIBRequest) -> Bool {
        ["cib_apply_diff", "cib_modify", "cib_create", "cib_replace", "cib_delete"].contains(request.operation)
    }

    /// - Throws: if the file is no valid CIB.
    private func check() throws(CIBAccessError) {
        guard !isChecked, let cib else { return }
        switch source {
        case .file(let path), .shadow(_, let path): try CIBFile.check(cib, path)
        case .cluster: break
        }
        isChecked = true
    }

    private func send(_ request: CIBRequest, to client: ClusterClient) throws(CIBAccessError) -> CIBAnswer {
        do {
            let answer = try client.cib(
                request.operation, section: request.section, options: request.options.rawValue, data: request.data,
                user: request.user)
            return CIBAnswer(rc: answer.rc, data: answer.data)
        } catch {
            throw CIBAccessError(.notConnected, details: [error.text])
        }
    }

    /// The whole CIB, as far as the user may read it.
    package func query() throws(CIBAccessError) -> XMLElement {
        let answer = try perform(CIBRequest("cib_query"))
        if let error = answer.error { throw CIBAccessError(error, details: answer.details) }
        guard let data = answer.data else { throw CIBAccessError(.noSuchObject) }
        return data
    }

    /// Carries out a change and turns an error into a thrown one.
    @discardableResult
    package func change(_ request: CIBRequest) throws(CIBAccessError) -> CIBAnswer {
        let answer = try perform(request)
        if let error = answer.error { throw CIBAccessError(error, details: answer.details) }
        return answer
    }

    private func write(_ tree: XMLElement) throws(CIBAccessError) {
        switch source {
        case .file(let path), .shadow(_, let path):
            if path != "-" { try CIBFile.write(tree, to: path) }
        case .cluster: break
        }
    }

    /// Seconds since 1970 plus the offset of the local zone: CIBs hold times as people here read them.
    static var localSeconds: Int64 {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        return Int64(now) + Int64(parts.tm_gmtoff)
    }
}
