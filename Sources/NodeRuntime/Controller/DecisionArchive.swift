// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the input of each decision, so that it can be made again later with `crm_simulate -x`.
package import ClusterXML
import Glibc
import Messages

/// The numbered files `pe-input-N.bz2`.
package struct DecisionArchive: Sendable {
    private let directory: String
    private let limit: Int

    package init(directory: String, limit: Int = 4000) {
        self.directory = directory
        self.limit = limit
        _ = makeDirectories(directory, mode: 0o750)
    }

    /// The number for the next file, one behind the last one used.
    package func nextNumber() -> Int {
        let bytes = FileContent.read(directory + "/pe-input.last", limit: 64) ?? []
        return Int(String(decoding: bytes, as: UTF8.self).filter(\.isNumber)) ?? 0
    }

    /// The number after this one; they begin again at the limit.
    package func following(_ number: Int) -> Int { (number + 1) % limit }

    package func path(_ number: Int) -> String { "\(directory)/pe-input-\(number).bz2" }

    /// Saves an input under its number. Takes milliseconds for large inputs: call it off the loop.
    package func save(_ cib: XMLElement, number: Int) {
        let text = cib.serializedBytes(.indented)
        let packed = Bzip2.compress(text)
        let path = packed == nil ? "\(directory)/pe-input-\(number).xml" : path(number)
        put(packed ?? text, to: path)
        put(Array("\(following(number))\n".utf8), to: directory + "/pe-input.last")
    }

    private func put(_ bytes: [UInt8], to path: String) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
    }
}
