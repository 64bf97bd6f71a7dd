// SPDX-License-Identifier: GPL-2.0-or-later
// Role names by schema: before 3.7 promoted is Master and unpromoted is Slave (crm-configure.md section 3.1).
import CIBModel
import ClusterXML

enum RoleNames {
    /// Replaces names that the schema does not know yet.
    static func adapt(_ element: inout XMLElement, to schema: String) -> [Message] {
        guard let version = SchemaVersion(name: schema), version < SchemaVersion(3, 7) else { return [] }
        var messages: [Message] = []
        convert(&element, &messages)
        return messages
    }

    private static func convert(_ element: inout XMLElement, _ messages: inout [Message]) {
        for index in element.attributes.indices {
            let name = element.attributes[index].name
            let isRole = name == "role" || name.hasSuffix("-role")
                || (name == "value" && ["role", "target-role"].contains(element["name"]))
            guard isRole else { continue }
            let new: String
            switch element.attributes[index].value {
            case "Promoted": new = "Master"
            case "Unpromoted": new = "Slave"
            default: continue
            }
            let old = element.attributes[index].value
            element.attributes[index].value = new
            let message = Message.warning(
                "Convert \"\(old)\" to \"\(new)\" since the current schema version is old and not upgraded yet. "
                    + "Please consider \"crm configure upgrade force\"")
            if !messages.contains(message) { messages.append(message) }
        }
        for index in element.children.indices where element.children[index].isElement { convert(&element.children[index], &messages) }
    }
}
