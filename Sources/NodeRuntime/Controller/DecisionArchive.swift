// SPDX-License-Identifier: GPL-2.0-or-later
// Keeps the input of each decision, so that it can be made again later with `crm_simulate -x`.
package import ClusterXML
import Glibc

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
        let packed = Bzip2Library.compress(text)
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

/// libbz2, if the host has it.
private enum Bzip2Library {
    private typealias Compress = @convention(c) (
        UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<UInt32>?, UnsafeMutablePointer<CChar>?, UInt32, Int32, Int32, Int32
    ) -> Int32

    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        guard let library = dlopen("libbz2.so.1.0", RTLD_NOW), let symbol = dlsym(library, "BZ2_bzBuffToBuffCompress") else { return nil }
        let function = unsafeBitCast(symbol, to: Compress.self)
        var input = bytes
        // The library's own bound for data that cannot be compressed.
        var output = [UInt8](repeating: 0, count: bytes.count + bytes.count / 100 + 600)
        var size = UInt32(output.count)
        let code = input.withUnsafeMutableBytes { source in
            output.withUnsafeMutableBytes { target in
                function(
                    target.baseAddress?.assumingMemoryBound(to: CChar.self), &size, source.baseAddress?.assumingMemoryBound(to: CChar.self),
                    UInt32(source.count), 1, 0, 30)
            }
        }
        return code == 0 ? Array(output[..<Int(size)]) : nil
    }
}
