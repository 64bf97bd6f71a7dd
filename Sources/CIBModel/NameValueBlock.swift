// SPDX-License-Identifier: GPL-2.0-or-later
// A block of name/value pairs with its score and rule, resolved and parsed once (scheduler spec 5.1).

package import ClusterXML

/// One `meta_attributes`, `instance_attributes`, `utilization` or `cluster_property_set`.
package struct NameValueBlock: Sendable {
    package var id: String?
    package var score: Score
    /// The first `rule` child; the block counts only while it passes.
    package var rule: Rule?
    /// Pairs in document order; a nil value is an nvpair without one.
    package var pairs: ContiguousArray<(name: String, value: String?)>

    package init(id: String?, score: Score, rule: Rule?, pairs: ContiguousArray<(name: String, value: String?)>) {
        self.id = id
        self.score = score
        self.rule = rule
        self.pairs = pairs
    }
}

/// Finds the element an `id-ref` means: first one of that name with that id in the document.
package typealias ReferenceResolver = (_ name: String, _ id: String) -> XMLElement?

extension NameValueBlock {
    /// Reads the blocks of one kind under a parent, in the order in which they are evaluated: highest score first, of
    /// equal scores the one written last; the block with id `first` before all.
    package static func read(
        _ name: String, in parent: XMLElement, first: String? = nil, now: Timestamp, resolve: ReferenceResolver
    ) -> ContiguousArray<NameValueBlock> {
        var blocks: ContiguousArray<NameValueBlock> = []
        for child in parent.children where child.name == name {
            if let reference = child["id-ref"] {
                guard let target = resolve(name, reference) else { continue }
                blocks.append(NameValueBlock(target, now: now, resolve: resolve))
            } else {
                blocks.append(NameValueBlock(child, now: now, resolve: resolve))
            }
        }
        if blocks.count < 2 { return blocks }
        blocks.reverse()
        func rank(_ block: NameValueBlock) -> Int { first != nil && block.id == first ? 1 : 0 }
        let order = blocks.indices.sorted { a, b in
            let (x, y) = (rank(blocks[a]), rank(blocks[b]))
            if x != y { return x > y }
            if blocks[a].score != blocks[b].score { return blocks[a].score > blocks[b].score }
            return a < b
        }
        return ContiguousArray(order.map { blocks[$0] })
    }

    init(_ element: XMLElement, now: Timestamp, resolve: ReferenceResolver) {
        id = element.id
        score = element["score"].flatMap { Score(parsing: $0) } ?? .zero
        rule = element.first("rule").map { Rule($0, now: now) }
        pairs = []
        let wrapped = element.elements.first.flatMap { $0.name == "attributes" ? $0 : nil }
        for child in (wrapped ?? element).children where child.name == "nvpair" {
            var source = child
            if let reference = child["id-ref"] {
                guard let target = resolve("nvpair", reference) else { continue }
                source = target
            }
            guard let name = source["name"] ?? child["name"] else { continue }
            pairs.append((name, source["value"]))
        }
    }
}

extension ContiguousArray where Element == NameValueBlock {
    /// Enters the pairs of every block whose rule passes into a table; a name that is there already stays.
    /// - Parameters:
    ///   - recheck: lowered to the epoch second at which some rule may come out differently.
    package func evaluate(
        _ input: RuleInput, into table: inout NameValueTable, recheck: inout Int64?
    ) {
        for block in self {
            if let rule = block.rule {
                var change: Int64?
                let passes = rule.passes(input, nextChange: &change)
                if let change, change > input.now.epoch { recheck = Swift.min(recheck ?? change, change) }
                if !passes { continue }
            }
            for pair in block.pairs {
                guard let value = pair.value else { continue }
                if value.utf8.first == UInt8(ascii: "#"), Compare.ignoringCase(value, "#default") == 0 {
                    table.remove(pair.name)
                } else {
                    table.setIfAbsent(pair.name, value)
                }
            }
        }
    }
}
