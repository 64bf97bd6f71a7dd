// SPDX-License-Identifier: GPL-2.0-or-later
// The fixed words of the language and how statement kinds map to CIB elements.

/// The kinds of objects, in the order in which a load creates and `show` prints them.
package enum ObjectKind: String, Sendable, CaseIterable {
    case node, template = "rsc_template", primitive, bundle, group, ms, clone, tag
    case location, colocation, order, ticket = "rsc_ticket"
    case fencingTopology = "fencing_topology"
    case property, resourceDefaults = "rsc_defaults", operationDefaults = "op_defaults"
    case role, aclTarget = "acl_target", aclGroup = "acl_group", user, alert

    /// Place in the display order; kinds of equal rank are mixed (section 6.1).
    package var rank: Int {
        switch self {
        case .node: 0
        case .template: 1
        case .primitive: 2
        case .bundle: 3
        case .group: 4
        case .ms: 5
        case .clone: 6
        case .tag: 7
        case .location, .colocation, .order: 8
        case .ticket, .fencingTopology: 9
        case .property: 10
        case .resourceDefaults: 11
        case .operationDefaults: 12
        case .role: 13
        case .aclTarget, .aclGroup, .user: 14
        case .alert: 15
        }
    }

    /// The element that holds such an object.
    package var elementName: String {
        switch self {
        case .node, .primitive, .bundle, .group, .clone, .tag, .alert: rawValue
        case .template: "template"
        case .ms: "master"
        case .location: "rsc_location"
        case .colocation: "rsc_colocation"
        case .order: "rsc_order"
        case .ticket: "rsc_ticket"
        case .fencingTopology: "fencing-topology"
        case .property: "cluster_property_set"
        case .resourceDefaults, .operationDefaults: "meta_attributes"
        case .role: "acl_role"
        case .aclTarget: "acl_target"
        case .aclGroup: "acl_group"
        case .user: "acl_user"
        }
    }

    /// The child of `configuration` that such elements live in.
    package var section: String {
        switch self {
        case .node: "nodes"
        case .template, .primitive, .bundle, .group, .ms, .clone: "resources"
        case .tag: "tags"
        case .location, .colocation, .order, .ticket: "constraints"
        case .fencingTopology: "fencing-topology"
        case .property: "crm_config"
        case .resourceDefaults: "rsc_defaults"
        case .operationDefaults: "op_defaults"
        case .role, .aclTarget, .aclGroup, .user: "acls"
        case .alert: "alerts"
        }
    }

    /// The id an attribute set of this kind has if none is given.
    package var defaultID: String? {
        switch self {
        case .property: "cib-bootstrap-options"
        case .resourceDefaults: "rsc-options"
        case .operationDefaults: "op-options"
        case .fencingTopology: "fencing_topology"
        default: nil
        }
    }

    package var isContainer: Bool { self == .group || self == .clone || self == .ms || self == .bundle }
    package var isConstraint: Bool { self == .location || self == .colocation || self == .order || self == .ticket }
    package var isResource: Bool { isContainer || self == .primitive }
    package var isDefaultsSet: Bool {
        self == .property || self == .resourceDefaults || self == .operationDefaults
    }
    package var isAccessRule: Bool { self == .role || self == .aclTarget || self == .aclGroup || self == .user }

    /// The kind of an element found in a section (`meta_attributes` differ by section only).
    package static func of(element: String, in section: String) -> ObjectKind? {
        switch (section, element) {
        case ("rsc_defaults", "meta_attributes"): .resourceDefaults
        case ("op_defaults", "meta_attributes"): .operationDefaults
        default: allCases.first { $0.elementName == element && $0.section == section }
        }
    }

    /// The kind of an element of an `xml` statement.
    package static func of(element: String) -> ObjectKind? {
        element == "meta_attributes" ? nil : allCases.first { $0.elementName == element }
    }

    /// The kind a statement keyword stands for, with all spellings.
    package static func of(keyword: String) -> ObjectKind? {
        switch keyword {
        case "master": .ms
        case "collocation": .colocation
        case "fencing-topology": .fencingTopology
        case "resource": .primitive
        default: ObjectKind(rawValue: keyword)
        }
    }
}

/// Fixed words.
package enum Vocabulary {
    /// Whether a lower-cased word may begin a statement.
    package static func isStatementKeyword(_ word: String) -> Bool {
        ObjectKind.of(keyword: word) != nil || word == "monitor" || word == "xml"
    }

    /// Words that begin a part of a statement and so can not be value-less pairs.
    static let partKeywords = [
        "params", "meta", "utilization", "operations", "op", "op_params", "op_meta", "rule", "attributes",
    ]

    static let roles = ["Stopped", "Started", "Master", "Slave", "Promoted", "Unpromoted"]
    static let actions = ["start", "promote", "demote", "stop"]
    static let orderKinds = ["Optional", "Mandatory", "Serialize"]
    static let expressionTypes = ["string", "integer", "number", "version"]
    static let comparisons = ["lt", "gt", "lte", "gte", "eq", "ne"]
    static let dateParts = [
        "hours", "monthdays", "weekdays", "yearsdays", "months", "weeks", "years", "weekyears", "moon",
        "days", "minutes", "seconds", "yeardays",
    ]
    static let lossPolicies = ["stop", "demote", "fence", "freeze"]
    static let nodeTypes = ["normal", "member", "ping", "remote"]

    /// Attributes of `op` in the schema.
    package static let operationAttributes = [
        "interval", "timeout", "start-delay", "interval-origin", "description", "enabled", "record-pending", "role",
        "on-fail", "name", "id",
    ]
    static let operationAttributeValues: [String: [String]] = [
        "on-fail": ["ignore", "block", "demote", "stop", "restart", "standby", "fence", "restart-container"],
        "role": roles,
        "enabled": ["true", "false", "1", "0"],
        "record-pending": ["true", "false", "1", "0"],
    ]

    /// Meta attributes of resources (section 9, and newer ones).
    package static let resourceMeta = [
        "allow-migrate", "maintenance", "is-managed", "interval-origin", "migration-threshold", "priority",
        "multiple-active", "failure-timeout", "resource-stickiness", "target-role", "restart-type", "description",
        "remote-node", "requires", "provides", "remote-port", "remote-addr", "remote-connect-timeout", "critical",
        "allow-unhealthy-nodes", "container-attribute-target", "remote-allow-migrate",
    ]
    package static let cloneMeta = [
        "ordered", "notify", "interleave", "globally-unique", "clone-max", "clone-node-max", "clone-state",
        "description", "clone-min", "promotable", "promoted-max", "promoted-node-max",
    ]
    package static let masterMeta = ["master-max", "master-node-max"]

    /// The canonical spelling of a word in a list, compared without case.
    static func canonical(_ word: String, in list: [String]) -> String? {
        let lowered = word.lowercased()
        return list.first { $0.lowercased() == lowered }
    }

    /// `true` or `false` for the accepted boolean words, nil for others.
    package static func boolean(_ word: String) -> Bool? {
        switch word.lowercased() {
        case "yes", "true", "on", "1": true
        case "no", "false", "off", "0": false
        default: nil
        }
    }
}

/// What a word in front of a colon means as a score (section 3.2).
enum ScoreWord {
    case score(String)
    case attribute(String)

    /// - Parameter words: whether `mandatory` and `advisory` count.
    static func read(_ text: String, words: Bool = true) -> ScoreWord {
        if words {
            switch text.lowercased() {
            case "mandatory": return .score("INFINITY")
            case "advisory": return .score("0")
            default: break
            }
        }
        var body = text[...]
        var sign = ""
        if let first = body.first, first == "+" || first == "-" {
            sign = String(first)
            body = body.dropFirst()
        }
        switch body {
        case "inf", "infinity", "INF", "INFINITY": return .score(sign + "INFINITY")
        default:
            let isNumber = !body.isEmpty && body.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            return isNumber ? .score(text) : .attribute(text)
        }
    }
}

/// Character classes over UTF-8 text.
package enum Spelling {
    static func isASCIIAlphanumeric(_ byte: UInt8) -> Bool {
        (byte >= 0x30 && byte <= 0x39) || (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A)
    }

    /// Letters, digits, `_`, `.`, `-`; the first a letter or `_`.
    package static func isObjectID(_ text: String) -> Bool {
        guard let first = text.utf8.first, isASCIIAlphanumeric(first) || first == UInt8(ascii: "_") else { return false }
        guard !(first >= 0x30 && first <= 0x39) else { return false }
        return isWord(text)
    }

    /// Letters, digits, `_`, `.`, `-` only, at least one.
    static func isWord(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                isASCIIAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            }
    }

    /// Whether a value may stand without quotes: letters of any alphabet, digits, `_`, `.`, `-`.
    static func isBareValue(_ text: String) -> Bool {
        guard !text.isEmpty else { return false }
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return isWord(text) }
        return text.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || $0.properties.numericType != nil || $0 == "_" || $0 == "." || $0 == "-"
        }
    }

    static func quotedIfNeeded(_ text: String) -> String { isBareValue(text) ? text : quoted(text) }

    /// In double quotes. Besides `"`, a backslash is doubled only where the reader would take it for an escape.
    static func quoted(_ text: String) -> String {
        var result = "\""
        var pending = 0
        for character in text.unicodeScalars {
            if character == "\\" {
                pending += 1
                continue
            }
            result += String(repeating: "\\", count: character == "\"" ? 2 * pending : safe(pending))
            pending = 0
            if character == "\"" { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result + String(repeating: "\\", count: 2 * pending) + "\""
    }

    /// How many backslashes to write for a run of them in front of an ordinary character.
    private static func safe(_ run: Int) -> Int { run <= 1 ? run : 2 * run }
}
