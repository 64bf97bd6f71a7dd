// SPDX-License-Identifier: GPL-2.0-or-later
// One statement to a parsed object: picks the grammar by keyword.
import ClusterXML

package struct StatementParser: Sendable {
    package var agents: InstalledAgents
    /// True for single statements of a command line or the shell, false for files.
    package var isTyped: Bool

    package init(agents: InstalledAgents, isTyped: Bool = false) {
        self.agents = agents
        self.isTyped = isTyped
    }

    /// Understands a statement. Nothing outside of it is looked at: references are checked when it is applied.
    package func parse(_ statement: Statement) throws(SyntaxError) -> ParsedStatement {
        var reader = StatementReader(statement, agents: agents, isTyped: isTyped)
        reader.index = 1
        let keyword = statement.keyword
        if keyword == "xml" {
            let (kind, id, element) = try reader.literalXML()
            return ParsedStatement(kind: kind, id: id, element: element, statement: statement)
        }
        if keyword == "monitor" {
            let (id, operation) = try reader.monitor()
            try reader.expectEnd()
            return ParsedStatement(
                kind: .primitive, id: id, element: operation, statement: statement, addsOperation: true)
        }
        guard let kind = ObjectKind.of(keyword: keyword) else {
            let near = statement.words.first
            throw SyntaxError(
                context: nil, text: "Unknown command", near: near, statement: statement,
                hint: near.flatMap { Self.similarKeyword($0.text) }.map { "did you mean \"\($0)\"?" })
        }
        let (id, element) = try read(kind, with: &reader)
        try reader.expectEnd()
        return ParsedStatement(
            kind: kind, id: id, element: element, statement: statement, messages: reader.messages)
    }

    private func read(
        _ kind: ObjectKind, with reader: inout StatementReader
    ) throws(SyntaxError) -> (id: String, element: XMLElement) {
        switch kind {
        case .node: try reader.node()
        case .primitive: try reader.primitive(isTemplate: false)
        case .template: try reader.primitive(isTemplate: true)
        case .group: try reader.group()
        case .clone, .ms: try reader.clone(kind)
        case .bundle: try reader.bundle()
        case .location: try reader.location()
        case .colocation: try reader.colocation()
        case .order: try reader.order()
        case .ticket: try reader.ticket()
        case .fencingTopology: try reader.fencingTopology()
        case .tag: try reader.tag()
        case .property, .resourceDefaults, .operationDefaults: try reader.attributeObject(kind)
        case .role: try reader.role()
        case .aclTarget, .aclGroup: try reader.aclTarget(kind)
        case .user: try reader.aclUser()
        case .alert: try reader.alert()
        }
    }

    /// The statement keyword that a misspelt word is nearest to.
    static func similarKeyword(_ word: String) -> String? {
        let known = ObjectKind.allCases.map(\.rawValue) + ["monitor", "xml"]
        return Spelling.nearest(to: word.lowercased(), among: known)
    }
}

extension Spelling {
    /// The candidate with the smallest edit distance, if it is small enough to be a slip of the finger.
    package static func nearest(to word: String, among candidates: [String]) -> String? {
        let limit = min(2, word.utf8.count / 3)
        guard word.utf8.count <= 40 else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates {
            let distance = editDistance(Array(word.utf8), Array(candidate.utf8))
            if distance <= limit, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.name
    }

    private static func editDistance(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var row = Array(0...b.count)
        for (i, byte) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let substitution = diagonal + (byte == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(substitution, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
