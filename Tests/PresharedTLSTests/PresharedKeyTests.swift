// SPDX-License-Identifier: GPL-2.0-or-later
// The key file: every byte counts, and what is wrong is said in words.
import Glibc
import PresharedTLS
import Testing

@Suite struct PresharedKeyTests {
    private func file(_ bytes: [UInt8]) -> String {
        var template = Array("/tmp/presharedkey.XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        _ = write(descriptor, bytes, bytes.count)
        close(descriptor)
        return template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
    }

    @Test func everyByteIsPartOfTheKey() throws {
        let path = file([0, 1, 255, 10])
        defer { unlink(path) }
        #expect(try PresharedKey.load(configured: path).bytes == [0, 1, 255, 10])
    }

    @Test func anEmptyFileIsNoKey() {
        let path = file([])
        defer { unlink(path) }
        #expect(throws: PresharedKey.Problem.empty(path: path)) { try PresharedKey.load(configured: path) }
    }

    @Test func aConfiguredPlaceIsTheOnlyOne() {
        let path = "/nonexistent/authkey"
        #expect(throws: PresharedKey.Problem.missing(paths: [path])) { try PresharedKey.load(configured: path) }
        #expect(PresharedKey.Problem.missing(paths: [path]).explanation.contains("dd if=/dev/urandom of=\(path)"))
    }

    @Test func aDirectoryIsNoKey() {
        #expect(throws: PresharedKey.Problem.notAFile(path: "/etc")) { try PresharedKey.load(configured: "/etc") }
    }
}
