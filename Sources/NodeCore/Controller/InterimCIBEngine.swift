// SPDX-License-Identifier: GPL-2.0-or-later
// Stand-in for the CIB engine until that is in CIBModel; to be deleted then.
import CIBModel
import ClusterXML
import Glibc

struct CIBOptions: OptionSet, Sendable {
    var rawValue: Int
    static let discardReply = CIBOptions(rawValue: 0x10)
    static let dryRun = CIBOptions(rawValue: 0x200)
}
struct CIBRequest: Sendable {
    var operation: String
    var section: String?
    var options: CIBOptions
    var data: XMLElement?
    var user: String?
    var isPrivileged = true
    var client = ""
    var origin = ""
    init(operation: String, section: String?, options: CIBOptions, data: XMLElement?) {
        (self.operation, self.section, self.options, self.data) = (operation, section, options, data)
    }
}
struct CIBAnswer: Sendable {
    enum Change { case none, status, configuration }
    var rc: Int
    var data: XMLElement?
    var change: Change
}
enum CIBEngine {
    static func lastWrittenText(wallSeconds: Int64) -> String {
        var time = time_t(wallSeconds)
        var parts = tm()
        localtime_r(&time, &parts)
        var buffer = [CChar](repeating: 0, count: 64)
        let length = strftime(&buffer, 64, "%a %b %e %H:%M:%S %Y", &parts)
        return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    static func perform(_ request: CIBRequest, on cib: inout XMLElement, wallSeconds: Int64) -> CIBAnswer {
        switch request.operation {
        case "cib_query":
            guard let section = request.section, section != "all" else { return CIBAnswer(rc: 0, data: cib, change: .none) }
            let found = section == "status" ? cib.first("status") : cib.first("configuration")?.first(section)
            return CIBAnswer(rc: found == nil ? -6 : 0, data: found, change: .none)
        case "cib_replace":
            guard let data = request.data else { return CIBAnswer(rc: -22, data: nil, change: .none) }
            if data.name == "cib", let configuration = data.first("configuration"), let index = cib.position("configuration") {
                cib.children[index] = configuration
            } else {
                cib.editExisting("configuration") { configuration in
                    if let index = configuration.position(data.name) { configuration.children[index] = data } else { configuration.children.append(data) }
                }
            }
            var version = CIBVersion(of: cib)
            version.epoch += 1
            version.updates = 0
            version.store(in: &cib)
            cib["cib-last-written"] = lastWrittenText(wallSeconds: wallSeconds)
            return CIBAnswer(rc: 0, data: nil, change: .configuration)
        default: return CIBAnswer(rc: -95, data: nil, change: .none)
        }
    }
}
enum CIBPatch {
    static func diff(from: XMLElement, to: XMLElement) -> XMLElement? { nil }
}
