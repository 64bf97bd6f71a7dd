// SPDX-License-Identifier: GPL-2.0-or-later
// Where the tests of decisions find recorded CIBs.
import CIBModel
import ClusterXML
import Glibc

/// The recorded CIBs, `cts-scheduler` in the folder that CLUSTERCTL_CASES names.
enum RecordedInputs {
    static let folder = getenv("CLUSTERCTL_CASES").map { String(cString: $0) + "/cts-scheduler" }

    static func names() -> [String] {
        guard let folder, let directory = opendir("\(folder)/xml") else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(".xml") { names.append(String(name.dropLast(4))) }
        }
        return names.sorted()
    }

    static func cib(_ name: String) throws -> XMLElement? {
        guard let folder, let text = bytes(of: "\(folder)/xml/\(name).xml") else { return nil }
        return try CIBUpgrade.upgradedInMemory(XMLParser.parse(String(decoding: text, as: UTF8.self)))
    }

    static func bytes(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        return text
    }

    static func time(of cib: XMLElement) -> Timestamp {
        Timestamp(epoch: cib["execution-date"].flatMap { Int64($0) } ?? Int64(Glibc.time(nil)))
    }
}
