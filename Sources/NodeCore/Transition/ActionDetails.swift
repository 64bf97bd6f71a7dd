// SPDX-License-Identifier: GPL-2.0-or-later
// What a controller reads off the actions of a transition besides what the scheduler's types offer.
package import ClusterXML
package import Scheduling

/// A resource as agents know it.
package struct ResourceAgent: Sendable, Equatable {
    package var id: String
    /// The full id of a clone instance or group member, if it differs.
    package var longID: String?
    package var standard: String
    package var provider: String?
    package var type: String

    package init(id: String, longID: String? = nil, standard: String, provider: String?, type: String) {
        self.id = id
        self.longID = longID
        self.standard = standard
        self.provider = provider
        self.type = type
    }

    /// `ocf:pacemaker:remote`: the connection to a remote node, which the controller executes itself.
    package var isRemoteConnection: Bool { standard == "ocf" && provider == "pacemaker" && type == "remote" }

    /// Reads a `primitive` element of a request.
    package init?(_ element: XMLElement) {
        guard let id = element["id"] else { return nil }
        self.init(
            id: id, longID: element["long-id"], standard: element["class"] ?? "ocf", provider: element["provider"],
            type: element["type"] ?? "")
    }

    package init(_ resource: GraphResource) {
        self.init(
            id: resource.id, longID: resource.longID, standard: resource.agentClass ?? "ocf", provider: resource.provider,
            type: resource.type ?? "")
    }
}

extension GraphAction {
    package var agent: ResourceAgent? { resource.map { ResourceAgent($0) } }

    /// Parameters and meta-attributes, with the given feature set as that of the cluster.
    package func parameters(featureSet: String) -> [XMLAttribute] {
        var result = attributes.map { XMLAttribute($0.name, $0.name == "crm_feature_set" ? featureSet : $0.value) }
        result += numberedParameters.map { XMLAttribute($0.name, $0.value) }
        return result
    }

    /// Milliseconds before the first run.
    package var startDelay: Int { min(attribute("CRM_meta_start_delay").flatMap { Int($0) } ?? 0, Int(Int32.max)) }
    /// Nobody waits for the result.
    package var needsNoResult: Bool { attribute("CRM_meta_op_no_wait") == "true" }
}

/// A duration as properties write it (`60s`, `500ms`, `2min`, bare seconds) in milliseconds; nil if it is none.
package func milliseconds(_ text: String?) -> Int? {
    guard let text else { return nil }
    let trimmed = text.drop { $0 == " " }
    let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else { return nil }
    let factor: Int
    switch trimmed.dropFirst(digits.count).filter({ $0 != " " }).lowercased() {
    case "ms", "msec": return min(number, Int(Int32.max))
    case "us", "usec": return min(number / 1000, Int(Int32.max))
    case "", "s", "sec": factor = 1000
    case "m", "min": factor = 60_000
    case "h", "hr": factor = 3_600_000
    default: return nil
    }
    let (product, overflow) = number.multipliedReportingOverflow(by: factor)
    return overflow ? Int(Int32.max) : min(product, Int(Int32.max))
}
