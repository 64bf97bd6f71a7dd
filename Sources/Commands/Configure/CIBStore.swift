// SPDX-License-Identifier: GPL-2.0-or-later
// Where the configuration is read from and written to: a CIB file, a shadow CIB or the running cluster.
import CIBModel
import ClusterXML
import Glibc

struct CIBStore {
    enum Place { case file(String), live }

    /// The configuration could not be read or written; the text says why.
    struct Failure: Error {
        var text: String
    }

    let place: Place

    /// As the environment says: `CIB_file`, then `CIB_shadow`, else the cluster.
    init(shadow: String? = nil) {
        if let shadow {
            place = .file(Self.shadowPath(shadow))
        } else if let path = AgentCatalog.environment("CIB_file") {
            place = .file(path)
        } else if let name = AgentCatalog.environment("CIB_shadow") {
            place = .file(Self.shadowPath(name))
        } else {
            place = .live
        }
    }

    static func shadowPath(_ name: String) -> String {
        let directory =
            AgentCatalog.environment("CIB_shadow_dir")
            ?? (getuid() == 0 ? "/var/lib/pacemaker/cib" : "\(AgentCatalog.environment("HOME") ?? "")/.cib")
        return "\(directory)/shadow.\(name)"
    }

    func read() throws(Failure) -> XMLElement {
        switch place {
        case .file(let path):
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
        case .live: return try liveRead()
        }
    }

    /// Writes a new version, with a higher epoch.
    func write(_ cib: XMLElement, replacing old: XMLElement) throws(Failure) {
        switch place {
        case .file(let path):
            var next = cib
            next["epoch"] = String((Int(old["epoch"] ?? "") ?? 0) &+ 1)
            next["num_updates"] = "0"
            next["cib-last-written"] = Self.timeText()
            next["update-client"] = "crm"
            next["update-user"] = AgentCatalog.environment("USER") ?? "root"
            do throws(TextFile.Failure) {
                try TextFile.write(Array(next.serializedBytes(.indented)), to: path)
            } catch {
                throw Failure(text: "\(path): \(error.text)")
            }
        case .live: try liveWrite(cib, replacing: old)
        }
    }

    private static func timeText() -> String {
        var now = time(nil)
        var parts = tm()
        localtime_r(&now, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let count = strftime(&buffer, buffer.count, "%a %b %e %H:%M:%S %Y", &parts)
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private func liveRead() throws(Failure) -> XMLElement {
        throw Failure(text: "running cibadmin -Ql: the cluster is not running here; set CIB_file to work on a file")
    }

    private func liveWrite(_ cib: XMLElement, replacing old: XMLElement) throws(Failure) {
        throw Failure(text: "the cluster is not running here")
    }
}
