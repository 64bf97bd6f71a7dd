// SPDX-License-Identifier: GPL-2.0-or-later
// What libxml2 says about a CIB that is valid for no schema: the words that scripts around Pacemaker look for.
package import ClusterXML

package enum SchemaFindings {
    /// One line a complaint, for each version from the one the CIB names on until it is valid for one.
    /// Slow (a grammar is compiled for each version); for messages only.
    package static func lines(for cib: XMLElement) -> [String] {
        guard let name = cib["validate-with"], let start = SchemaVersion(name: name) else { return [] }
        var lines: [String] = []
        let text = cib.serialized(.indented)
        for version in SchemaVersion.all where version >= start {
            if CIBValidator(version, maximumProblems: 1).problems(in: cib).isEmpty { return lines }
            guard let schema = try? RelaxNGSchema(text: CIBGrammar(version).grammar.relaxNG().serialized(.indented)),
                let errors = try? schema.errors(inDocument: text)
            else { continue }
            // What follows from a complaint for the elements around it says nothing new.
            lines += errors.map(\.message).filter {
                $0 != "Invalid sequence in interleave" && !$0.hasSuffix(" failed to validate content")
            }
        }
        lines.append(
            "Cannot upgrade configuration (claiming \(name) schema) to at least \(SchemaVersion.newest) because it does not validate with any schema from \(name) to the latest")
        return lines
    }
}
