// SPDX-License-Identifier: GPL-2.0-or-later
// CIB files that are compressed, as the inputs of decisions are stored: situation, event, outcome.

import ClusterXML
import Foundation
import Messages
import Testing

@testable import Commands

@Suite("Compressed files")
final class CompressedFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("compressed-\(UUID().uuidString)").path
    private let cib = "<cib validate-with=\"none\"><configuration>\(String(repeating: "<x/>", count: 300_000))</configuration></cib>"

    init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func put(_ bytes: [UInt8], _ name: String) -> String {
        let path = folder + "/" + name
        #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
        return path
    }

    @Test("A compressed input of a decision is read like any other, whatever its name", arguments: ["pe-input-1.bz2", "input"])
    func reading(name: String) throws {
        let packed = try #require(Bzip2.compress(Array(cib.utf8)))
        // More than sixteen times as large when unpacked, which is what room is made for at first.
        #expect(packed.count * 16 < cib.utf8.count)
        #expect(try CIBFile.readUnchecked(put(packed, name)) == XMLParser.parse(cib))
    }

    @Test("A file that is cut off, or no such file at all, is refused with its name and the reason", arguments: [
        (500, "it ends too early"), (3, "it ends too early"), (-1, "it is damaged"),
    ])
    func damage(length: Int, reason: String) throws {
        let packed = try #require(Bzip2.compress(Array(cib.utf8)))
        let path = put(length < 0 ? Array("BZhello, this is text".utf8) : Array(packed.prefix(length)), "cut.bz2")
        let error = #expect(throws: CIBAccessError.self) { try CIBFile.readUnchecked(path) }
        #expect(error?.details.first == "\(path): it is compressed and cannot be read: \(reason)")
    }

    @Test("A CIB file whose name says that it is compressed stays compressed when it is changed")
    func writing() throws {
        let path = folder + "/cib.xml.bz2"
        try CIBFile.write(XMLParser.parse(cib), to: path)
        let written = [UInt8](try #require(FileManager.default.contents(atPath: path)))
        #expect(written.starts(with: Bzip2.magic))
        #expect(try CIBFile.readUnchecked(path) == XMLParser.parse(cib))
    }
}
