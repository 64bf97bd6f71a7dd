// SPDX-License-Identifier: GPL-2.0-or-later
// Reads the package's own sources, so that the rules of its structure can be tests.
import Foundation

/// One Swift file under Sources.
struct SourceFile {
    let target: String
    /// The path below the package folder.
    let path: String
    let lines: [String]

    /// The modules named by its import declarations, with their line numbers.
    var imports: [(module: String, line: Int)] {
        lines.enumerated().compactMap { index, line in
            var words = line.split(separator: " ").map(String.init)
            words.removeAll { ["@preconcurrency", "package", "public", "internal", "private", "fileprivate", "@testable"].contains($0) }
            guard words.first == "import", words.count >= 2 else { return nil }
            let kinds = ["struct", "class", "enum", "func", "protocol", "typealias", "var", "let"]
            let module = kinds.contains(words[1]) && words.count > 2 ? words[2] : words[1]
            return (String(module.split(separator: ".")[0]), index + 1)
        }
    }
}

/// The package as its manifest and folders describe it.
struct SourceTree {
    static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    let files: [SourceFile]
    /// Each of our targets with the modules its line in Package.swift names.
    let dependencies: [String: [String]]

    init() throws {
        let sources = Self.root.appendingPathComponent("Sources")
        let all = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
        files = try (all?.allObjects as? [URL] ?? []).filter { $0.pathExtension == "swift" }
            .sorted { $0.path < $1.path }
            .map { url in
                let path = String(url.path.dropFirst(Self.root.path.count + 1))
                let text = try String(contentsOf: url, encoding: .utf8)
                return SourceFile(
                    target: String(path.split(separator: "/")[1]), path: path,
                    lines: text.components(separatedBy: "\n"))
            }
        dependencies = try Self.manifest()
    }

    /// Reads `layer("Name", [...])` and the system libraries from Package.swift: the manifest is the only table.
    private static func manifest() throws -> [String: [String]] {
        let text = try String(contentsOf: root.appendingPathComponent("Package.swift"), encoding: .utf8)
        let flat = text.replacingOccurrences(of: "\n", with: " ")
        var table: [String: [String]] = [:]
        for match in flat.matches(of: /(?:layer|\.executableTarget|\.target|\.systemLibrary)\(\s*(?:name: )?"(\w+)"(.*?)(?=layer\(|tests\(|\.executableTarget|\.systemLibrary|\.target\(|$)/) {
            var names = match.2.matches(of: /"(\w+)"/).map { String($0.1) }
            if match.2.contains("+ nio") { names += ["NIOCore", "NIOPosix"] }
            if match.2.contains("argumentParser") { names.append("ArgumentParser") }
            table[String(match.1)] = names
        }
        return table
    }

    /// The modules a target may import: what it depends on, and of our own targets what those depend on.
    func allowedImports(of target: String) -> Set<String> {
        var allowed: Set<String> = []
        var open = dependencies[target] ?? []
        let own = Set(dependencies.keys)
        while let next = open.popLast() {
            guard allowed.insert(next).inserted, own.contains(next) else { continue }
            open += (dependencies[next] ?? []).filter { own.contains($0) }
        }
        return allowed
    }
}
