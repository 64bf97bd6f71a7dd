// SPDX-License-Identifier: GPL-2.0-or-later
// Where the configuration is read from and written to: a CIB file, a shadow CIB or the running cluster.
import CIBModel
import Client
import ClusterXML
import Glibc

struct CIBStore {
    enum Place { case file(String), live }

    /// The configuration could not be read or written; the text says why.
    struct Failure: Error {
        var text: String
    }

    let place: Place

    /// A shadow copy by name, or what the environment says.
    init(shadow: String? = nil) {
        if let shadow {
            place = .file(CIBSource.shadowPath(shadow))
            return
        }
        switch CIBSource.fromEnvironment {
        case .file(let path), .shadow(_, let path): place = .file(path)
        case .cluster: place = .live
        }
    }

    func read() throws(Failure) -> XMLElement {
        switch place {
        case .file(let path):
            var cib = try Self.document(path)
            guard let account = Self.limitedUser else { return cib }
            let answer = CIBEngine.perform(Self.request("cib_query", as: account), on: &cib, wallSeconds: 0)
            guard answer.rc == 0, let data = answer.data else { throw Failure(text: "running cibadmin -Ql: Permission denied") }
            return data
        case .live: return try liveRead()
        }
    }

    private static func document(_ path: String) throws(Failure) -> XMLElement {
        let bytes: [UInt8]
        do throws(TextFile.Failure) {
            bytes = try TextFile.read(path)
        } catch {
            throw Failure(text: "running cibadmin -Ql: \(path): \(error.text)")
        }
        do throws(XMLError) {
            let cib = try XMLParser.parse(bytes)
            guard cib.name == "cib" else { throw XMLError(message: "the document is no CIB", line: 1) }
            return cib
        } catch {
            throw Failure(text: "running cibadmin -Ql: \(path):\(error.line): \(error.message)")
        }
    }

    /// The user of CIB_user, if access lists apply to that user.
    private static var limitedUser: String? {
        CIBSource.variable("CIB_user").flatMap { AccessControl.isPrivileged($0) ? nil : $0 }
    }

    private static func request(_ operation: String, data: XMLElement? = nil, as user: String?) -> CIBRequest {
        var request = CIBRequest(operation, data: data, user: user, client: "crm")
        request.groups = user.map(CIBSource.groups) ?? []
        return request
    }

    /// Writes a new version, with a higher epoch.
    /// - Parameter confirm: seconds after which the cluster takes the change back unless it is confirmed; not for files.
    /// - Returns: what will be taken back unless somebody confirms, with this change or before it.
    @discardableResult
    func write(_ cib: XMLElement, replacing old: XMLElement, confirm: Int? = nil) throws(Failure) -> (seconds: Int, user: String)? {
        switch place {
        case .file(let path):
            var current = try Self.document(path)
            var next = cib
            if Self.limitedUser != nil || current.first("configuration") != old.first("configuration") {
                // Only the difference is written: what others changed meanwhile, and what this user may not see, stays.
                guard let patch = Self.patch(from: old, to: cib, on: current) else { return nil }
                let answer = CIBEngine.perform(
                    Self.request("cib_apply_diff", data: patch, as: Self.limitedUser), on: &current, wallSeconds: CIBSession.localSeconds)
                guard answer.rc == 0 else {
                    let reason = CIBError(rawValue: answer.rc).map(\.text) ?? "error \(answer.rc)"
                    throw Failure(text: answer.rc == -13 ? "\(path): \(reason)" : "CIB changed in the meantime: won't touch it! (\(reason))")
                }
                next = current
                next["epoch"] = String((Int(next["epoch"] ?? "") ?? 1) &- 1)
            }
            next["epoch"] = String((Int(next["epoch"] ?? "") ?? 0) &+ 1)
            next["num_updates"] = "0"
            next["cib-last-written"] = Self.timeText()
            next["update-client"] = "crm"
            next["update-user"] = AgentCatalog.environment("USER") ?? "root"
            do throws(TextFile.Failure) {
                try TextFile.write(Array(next.serializedBytes(.indented)), to: path)
            } catch {
                throw Failure(text: "\(path): \(error.text)")
            }
            return nil
        case .live: return try liveWrite(cib, replacing: old, confirm: confirm)
        }
    }

    static func timeText() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%a %b %e %H:%M:%S %Y", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: the running cluster

    private func connect() throws(Failure) -> ClusterClient {
        do throws(ClientError) {
            return try ClusterClient.connect(as: "crm")
        } catch {
            throw Failure(text: "running cibadmin -Ql: \(error.text); set CIB_file to work on a file")
        }
    }

    private func liveRead() throws(Failure) -> XMLElement {
        let client = try connect()
        do throws(ClientError) {
            return try client.queryCIB()
        } catch {
            throw Failure(text: "running cibadmin -Ql: \(error.text)")
        }
    }

    /// Sends the difference. What others changed meanwhile stays, as long as it is not the same.
    private func liveWrite(
        _ cib: XMLElement, replacing old: XMLElement, confirm: Int?
    ) throws(Failure) -> (seconds: Int, user: String)? {
        let client = try connect()
        do {
            let current = try client.queryCIB()
            guard let patch = Self.patch(from: old, to: cib, on: current) else { return nil }
            var trial = current
            do throws(CIBPatch.Failure) {
                try CIBPatch.apply(patch, to: &trial)
            } catch {
                throw Failure(text: "CIB changed in the meantime: won't touch it! (\(error.explanation))")
            }
            let answer = try client.cib("cib_apply_diff", data: patch, confirm: confirm)
            guard answer.rc == 0 else {
                let reason = CIBError(rawValue: answer.rc).map(\.text) ?? "error \(answer.rc)"
                throw Failure(text: "the cluster refused the change: \(reason)")
            }
            return answer.unconfirmed
        } catch let error as ClientError {
            throw Failure(text: error.text)
        } catch let error as Failure {
            throw error
        } catch {
            throw Failure(text: "\(error)")
        }
    }

    /// The change from one configuration to another as a patch for a third one; nil without a difference.
    private static func patch(from old: XMLElement, to new: XMLElement, on current: XMLElement) -> XMLElement? {
        let before = renewed(old, like: current)
        var after = renewed(new, like: current)
        after["validate-with"] = new["validate-with"]
        after["epoch"] = String((Int(current["epoch"] ?? "") ?? 0) &+ 1)
        after["num_updates"] = "0"
        return CIBPatch.diff(from: before, to: after)
    }

    /// A document's configuration with the versions and the status of another one.
    private static func renewed(_ cib: XMLElement, like current: XMLElement) -> XMLElement {
        var result = current
        result.children = cib.children.filter { $0.name == "configuration" } + current.children.filter { $0.name != "configuration" }
        return result
    }

    /// Keeps a commit that waits for its confirmation.
    /// - Returns: false if there is none.
    func confirm() throws(Failure) -> Bool {
        guard case .live = place else { return false }
        let client = try connect()
        do throws(ClientError) {
            let answer = try client.cib("cib_confirm")
            if answer.rc == CIBError.noSuchObject.rawValue { return false }
            if answer.rc == CIBError.permissionDenied.rawValue {
                throw ClientError.badAnswer("only root, hacluster and who committed may confirm")
            }
            guard answer.rc == 0 else { throw ClientError.badAnswer(CIBError(rawValue: answer.rc)?.text ?? "error \(answer.rc)") }
            return true
        } catch {
            throw Failure(text: error.text)
        }
    }

    /// Waits until the cluster has nothing to do; false if it still has after that time.
    func waitForIdle(seconds: Int) -> Bool {
        guard case .live = place else { return true }
        guard let client = try? connect() else { return false }
        return (try? client.waitForIdle(timeoutSeconds: seconds)) ?? false
    }
}
