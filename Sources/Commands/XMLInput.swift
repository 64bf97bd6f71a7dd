// SPDX-License-Identifier: GPL-2.0-or-later
// XML that users name: files and standard input, read piece by piece.
import CIBModel
package import ClusterXML
import Glibc

package enum XMLInput {
    /// Parses a file; `-` is standard input.
    /// - Throws: a `CommandFailure` that names the file: 66 when it cannot be read, 65 when it is no XML.
    package static func parse(file path: String) throws -> XMLElement {
        let descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.noInput, "\(path): \(String(cString: strerror(errno)))")
        }
        defer { if descriptor != STDIN_FILENO { close(descriptor) } }
        do {
            return try parse(descriptor: descriptor)
        } catch {
            let name = path == "-" ? "standard input" : path
            throw CommandFailure(.dataError, error.line > 0 ? "\(name):\(error.line): \(error.message)" : "\(name): \(error.message)")
        }
    }

    /// Parses what an open descriptor gives until its end.
    package static func parse(descriptor: Int32) throws(XMLError) -> XMLElement {
        try XMLParser.parse { buffer throws(XMLError) in
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count >= 0 { return count }
                if errno != EINTR { throw XMLError(message: String(cString: strerror(errno)), line: 0) }
            }
        }
    }
}
