// SPDX-License-Identifier: GPL-2.0-or-later
// The rules of the structure (docs/architecture.md, sections 2 and 4), checked on every run.
import Foundation
import Testing

/// Targets that decide. They take events and time and give effects; none of them touches the world.
private let decidingTargets: Set<String> = [
    "CIBModel", "ClusterStatus", "Scheduling", "ConfigurationLanguage", "Messages", "NodeCore", "Reports", "Simulation",
]

@Suite struct StructureTests {
    let tree: SourceTree

    init() throws { tree = try SourceTree() }

    @Test func targetsImportOnlyWhatIsBelowThem() {
        let system: Set<String> = ["Glibc", "Synchronization", "Swift", "FoundationEssentials"]
        for file in tree.files {
            let allowed = tree.allowedImports(of: file.target).union(system)
            for (module, line) in file.imports where !allowed.contains(module) {
                Issue.record("\(file.path):\(line) imports \(module), which Package.swift does not give to \(file.target)")
            }
        }
    }

    @Test func noFileImportsTheWholeOfFoundation() {
        for file in tree.files {
            for (module, line) in file.imports where module == "Foundation" {
                Issue.record("\(file.path):\(line) imports Foundation, which quadruples the size of the program")
            }
        }
    }

    @Test func onlyCommandsPrint() {
        forbid(/(?:^|[^\w.])print\(/, in: tree.files.filter { $0.target != "Commands" && $0.target != "clusterctl" },
            because: "only Commands writes to standard output")
    }

    @Test func decidingTargetsNeverTouchTheWorld() {
        let files = tree.files.filter { decidingTargets.contains($0.target) }
        forbid(/(?:^|[^\w.])(?:open|read|write|fopen|socket|connect|unlink|rename|fork|posix_spawnp?|getenv|usleep|sleep|nanosleep|clock_gettime|gettimeofday|time)\(/,
            in: files.filter { $0.imports.contains { $0.module == "Glibc" } }, because: "IO, environment and clocks belong to the runtime")
        forbid(/(?:^|[^\w.])(?:Date|UUID|SystemRandomNumberGenerator)\(\)|Task \{|\bawait\b|ContinuousClock|SuspendingClock/,
            in: files, because: "time and randomness are parameters, and deciding code does not suspend")
        forbid(/\.random\(in: [^),]*\)|\.shuffled\(\)|\.randomElement\(\)/, in: files.filter { !$0.lines.joined().contains("using: &") },
            because: "randomness is state: pass a seeded generator")
    }

    @Test func filesHaveOneIdea() {
        for file in tree.files where file.lines.count > 600 {
            Issue.record("\(file.path) has \(file.lines.count) lines; above 600 it holds more than one idea")
        }
    }

    @Test func functionsFitAScreen() {
        for file in tree.files {
            for (line, length) in longFunctions(file, limit: 80) {
                Issue.record("\(file.path):\(line) begins a function of \(length) lines")
            }
        }
    }

    @Test func everyFileNamesItsLicenceAndPurpose() {
        for file in tree.files where file.path != "Package.swift" {
            #expect(file.lines.first == "// SPDX-License-Identifier: GPL-2.0-or-later", "\(file.path)")
            #expect(file.lines.count > 1 && file.lines[1].hasPrefix("//"), "\(file.path) does not say what it is for")
        }
    }

    /// Output that a tool left there came in by mistake twice.
    @Test func theTopLevelHasNothingElse() throws {
        let known: Set<String> = ["Package.swift", "Package.resolved", "Sources", "Tests", "docs", "examples", "LICENSE", "README.md", "compare.failed"]
        let found = try FileManager.default.contentsOfDirectory(atPath: SourceTree.root.path).filter { !$0.hasPrefix(".") }
        #expect(Set(found).subtracting(known) == [])
    }

    private func forbid(_ pattern: Regex<Substring>, in files: [SourceFile], because reason: String) {
        for file in files {
            for (index, line) in file.lines.enumerated() {
                let code = line.components(separatedBy: "//")[0]
                guard !line.contains("func "), code.firstMatch(of: pattern) != nil else { continue }
                Issue.record("\(file.path):\(index + 1) \(line.trimmingCharacters(in: .whitespaces)): \(reason)")
            }
        }
    }

    /// Functions are found by indentation: from a line that declares one to the brace that closes it in the same column.
    private func longFunctions(_ file: SourceFile, limit: Int) -> [(line: Int, length: Int)] {
        var found: [(line: Int, length: Int)] = []
        var open: [(indent: Int, line: Int)] = []
        for (index, line) in file.lines.enumerated() {
            let indent = line.prefix { $0 == " " }.count
            if line.contains(/\bfunc \w+|^\s+(?:package |private |public )?init[?(<]/), !line.hasSuffix("}") { open.append((indent, index)) }
            if let last = open.last, last.indent == indent, line.dropFirst(indent).hasPrefix("}"), index > last.line {
                if index - last.line + 1 > limit { found.append((last.line + 1, index - last.line + 1)) }
                open.removeLast()
            }
        }
        return found
    }
}
