// SPDX-License-Identifier: GPL-2.0-or-later
// References of statements: to sets of other objects, and of constraints to resources (crm-configure.md sections 3.1 and 9).
import ClusterXML

extension Configuration {
    /// Turns references to objects into references to their sets (section 3.1).
    func resolveReferences(in element: inout XMLElement, kind: ObjectKind) {
        for index in element.children.indices where element.children[index].isElement {
            if let name = element.children[index]["id-ref"], let target = objects[name] ?? objects["node:\(name)"] {
                let child = element.children[index].name
                if child == "rule" {
                    if let rule = target.element.firstDescendant("rule")?.id { element.children[index]["id-ref"] = rule }
                } else if let set = target.element.first(child)?.id {
                    element.children[index]["id-ref"] = set
                }
            }
            resolveReferences(in: &element.children[index], kind: kind)
        }
    }

    /// Constraints must name resources that exist.
    func checkReferences(of statements: [ParsedStatement]) throws(EditError) {
        var errors: [Message] = []
        for statement in statements where statement.kind.isConstraint && !statement.addsOperation {
            guard let object = objects[ConfigurationObject.key(statement.kind, statement.id)] else { continue }
            for name in ConstraintReferences.names(in: object.element) where !canBeConstrained(name) {
                errors.append(
                    Message(
                        .error, "constraint \(object.id) references a resource \(name) which doesn't exist",
                        line: statement.statement.line, column: 1, hint: suggestion(for: name)))
            }
        }
        guard errors.isEmpty else { throw EditError(errors) }
    }

    func canBeConstrained(_ name: String) -> Bool {
        guard let kind = objects[name]?.kind else { return false }
        return kind.isResource || kind == .tag || kind == .template
    }

    private func suggestion(for name: String) -> String? {
        let known = allObjects.filter { $0.kind.isResource }.map(\.id)
        return Spelling.nearest(to: name, among: known).map { "did you mean \"\($0)\"?" }
    }
}
