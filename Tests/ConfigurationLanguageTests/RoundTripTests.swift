// SPDX-License-Identifier: GPL-2.0-or-later
// Properties: any CIB survives the way to text and back; no text makes the parser crash.
import ClusterXML
import Glibc
import Testing

@testable import ConfigurationLanguage

/// How much longer than usual random tests run: FUZZ_FACTOR in the environment.
let fuzzFactor = getenv("FUZZ_FACTOR").flatMap { Int(String(cString: $0)) } ?? 1

struct RoundTripTests {
    /// All CIBs below the folder of recorded cases; nil without one.
    static let documents: [(name: String, cib: XMLElement)] = {
        guard let root = getenv("CLUSTERCTL_CASES").map({ String(cString: $0) }) else { return [] }
        var result: [(String, XMLElement)] = []
        for path in files(below: root) where path.hasSuffix(".xml") {
            guard let cib = try? XMLParser.parse(contents(path)), cib.name == "cib", cib.first("configuration") != nil else { continue }
            result.append((path, cib))
        }
        return result
    }()

    @Test(.enabled(if: !documents.isEmpty, "CLUSTERCTL_CASES names no folder of recorded cases"))
    func everyConfigurationSurvivesTheWayToTextAndBack() {
        let failures = Self.documents.compactMap { document in
            Self.difference(document.cib).map { "\(document.name): \($0)" }
        }
        let summary = "\(failures.count) of \(Self.documents.count): " + failures.prefix(5).joined(separator: "\n")
        #expect(failures.isEmpty, Comment(rawValue: summary))
    }

    /// What got lost on the way; nil if nothing did.
    static func difference(_ cib: XMLElement) -> String? {
        let before = Configuration(cib)
        // An empty topology says nothing and has no statement.
        guard before.isComplete, before["fencing_topology"]?.element.first("fencing-level") != nil || before["fencing_topology"] == nil
        else { return nil }
        var empty = cib
        empty.children = [XMLElement("configuration")]
        // Without a schema role names stay as they are.
        empty["validate-with"] = nil
        var after = Configuration(empty)
        do throws(EditError) {
            _ = try after.load(StatementTests.shown(before), method: .update, agents: StatementTests.agents)
        } catch {
            return error.messages.prefix(2).map(\.text).joined(separator: "; ")
        }
        let (old, new) = (Meaning.of(before), Meaning.of(after))
        guard old != new else { return nil }
        let pair = zip(old, new).first { $0 != $1 }
        return pair.map { "\n  \($0.0)\n  \($0.1)" } ?? "\(old.count) objects, then \(new.count)"
    }

    @Test func noTextMakesTheParserCrash() throws {
        let pieces = [
            "primitive", "a", "Dummy", "params", "meta", "op", "monitor", "interval=10s", "rule", "100:", "-inf:", "#uname", "eq", "n1",
            "and", "or", "date", "spec", "hours=1", "in", "(", ")", "[", "]", "{", "}", "location", "colocation", "order", "inf:",
            "a:Master", "a:b:c", "$id=x", "$id-ref=y", "@t", "=", "==", "x=", "\"", "'", "\\", "\n", "\\\n", "# c\n", "tag", "role", "read",
            "xpath:/cib", "alert", "to", "fencing_topology", "attr:a=b", "pattern:", "property", "node", "1:", "xml", "<a/>", "<primitive id=\"q\"/>",
            "bundle", "docker", "clone", "ms", "group", "rsc_ticket", "T:", "_rsc_set_", "monitor", "é", "東", "\u{0}", "\t", "operations",
        ]
        var random = SplitMix(state: 20_260_101 + UInt64(fuzzFactor))
        for _ in 0..<3000 * fuzzFactor {
            var text = ""
            for _ in 0..<(1 + random.below(12)) {
                text += pieces[random.below(pieces.count)]
                if random.below(8) > 0 { text += " " }
            }
            guard let lexed = try? Lexer.statements(in: text, isKeyword: Vocabulary.isStatementKeyword) else { continue }
            for statement in lexed.statements {
                for isTyped in [false, true] {
                    guard let parsed = try? StatementParser(agents: StatementTests.agents, isTyped: isTyped).parse(statement) else { continue }
                    var configuration = Configuration(try XMLParser.parse(StatementTests.empty))
                    _ = try? configuration.create(parsed)
                    _ = StatementTests.shown(configuration)
                }
            }
        }
    }

    @Test func damagedStatementFilesAreLoadedOrRefused() throws {
        var maker = ConfigurationMaker(seed: 31)
        let texts = (0..<8).map { _ in Array(StatementTests.shown(Configuration(maker.cib())).utf8) }
        let insertions = ["\"", "'", "\\", "\n", " ", "=", ":", "$id-ref=x ", "rule ", "# ", "<", "\u{0}", "é", "@", "{ ", " ]", "primitive p "].map { Array($0.utf8) }
        var random = SplitMix(state: 77 + UInt64(fuzzFactor))
        var (loaded, refused) = (0, 0)
        for number in 0..<500 * fuzzFactor {
            var bytes = texts[number % texts.count]
            for _ in 0...random.below(5) where !bytes.isEmpty {
                let place = random.below(bytes.count)
                switch random.below(5) {
                case 0: bytes[place] = UInt8(random.below(256))
                case 1: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.below(20)))
                case 2: bytes.insert(contentsOf: insertions[random.below(insertions.count)], at: place)
                case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + random.below(60))], at: random.below(bytes.count))
                default: bytes.removeLast(random.below(bytes.count))
                }
            }
            var configuration = Configuration(try XMLParser.parse(StatementTests.empty))
            let before = configuration.assembled()
            do throws(EditError) {
                _ = try configuration.load(String(decoding: bytes, as: UTF8.self), method: .update, agents: StatementTests.agents)
                _ = StatementTests.shown(configuration)
                loaded += 1
            } catch {
                #expect(!error.messages.isEmpty)
                #expect(configuration.assembled() == before, "a refused file changes nothing")
                refused += 1
            }
        }
        #expect(loaded > 0 && refused > 0)
    }

    // MARK: files

    private static func files(below folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            let path = "\(folder)/\(name)"
            result += name.contains(".") ? [path] : files(below: path)
        }
        return result.sorted()
    }

    private static func contents(_ path: String) -> [UInt8] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { result += buffer[..<count] }
        return result
    }
}

/// A small generator of the same numbers for the same seed.
struct SplitMix {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((mixed ^ (mixed >> 31)) % UInt64(bound))
    }
}

/// What a configuration says, without generated ids, remarks and the order of attributes.
enum Meaning {
    static func of(_ configuration: Configuration) -> [String] {
        var referenced = Set<String>()
        for object in configuration.allObjects { collect(object.element, &referenced) }
        return configuration.allObjects.map { object in
            "\(object.key) in \(object.parent ?? "-"): \(text(object.element, referenced, isTop: true))"
        }.sorted()
    }

    private static func collect(_ element: XMLElement, _ found: inout Set<String>) {
        if let id = element["id-ref"] { found.insert(id) }
        for child in element.elements { collect(child, &found) }
    }

    private static func text(_ element: XMLElement, _ referenced: Set<String>, isTop: Bool) -> String {
        let names = ["resource_ref", "obj_ref", "role", "role_ref", MemberPlaceholder.name, "port-mapping", "storage-mapping"]
        let attributes = element.attributes.filter { attribute in
            switch (attribute.name, attribute.value) {
            case ("id", _): isTop || names.contains(element.name) || referenced.contains(attribute.value)
            case ("sequential", "true"), ("require-all", "true"), ("type", "string"), ("boolean-op", "and"): false
            default: true
            }
        }.map { "\($0.name)=\($0.value)" }.sorted()
        var children = Array(element.elements.map { text($0, referenced, isTop: false) })
        if element.name == "bundle" || element.name == "group" || element.name == "clone" || element.name == "master" {
            children = children.filter { !$0.hasPrefix(MemberPlaceholder.name) } + children.filter { $0.hasPrefix(MemberPlaceholder.name) }
        }
        return "\(element.name)[\(attributes.joined(separator: " "))](\(children.joined(separator: ",")))"
    }
}
