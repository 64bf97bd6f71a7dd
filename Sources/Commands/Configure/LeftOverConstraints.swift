// SPDX-License-Identifier: GPL-2.0-or-later
// Constraints that moves and bans leave behind, each with its age: easily forgotten, and then the cause of surprises.
import CIBModel
import ClusterXML
import Glibc

/// Constraints that moves and bans left behind.
struct LeftOverConstraints {
    private let constraints: [XMLElement]
    private let stored: StoredVersions?
    private let now: Int

    /// - Parameter stored: where ages come from; without it they are not known.
    init(in configuration: XMLElement, stored: StoredVersions?) {
        constraints = (configuration.first("configuration")?.first("constraints")?.elements ?? XMLElement("none").elements).filter {
            let id = $0.id ?? ""
            return id.hasPrefix("cli-prefer-") || id.hasPrefix("cli-ban-") || id.hasPrefix("cli-standby-")
        }
        self.stored = stored
        now = time(nil)
    }

    /// One line for each; empty if there are none.
    var lines: [String] { constraints.map(line) }

    private func line(_ constraint: XMLElement) -> String {
        let id = constraint.id ?? ""
        let resource = constraint["rsc"] ?? ""
        let rule = constraint.first("rule")
        let node = constraint["node"]
            ?? rule?.elements("expression").first { $0["attribute"] == "#uname" }?["value"] ?? "a node"
        let isBan = id.hasPrefix("cli-ban-")
        var text = "\(id): \(resource) \(isBan ? "may not run on" : "prefers") \(node)"
        var remarks = [age(id)]
        if let end = rule?.elements("date_expression").first?["end"] { remarks.append(expiry(end)) }
        text += " (\(remarks.joined(separator: ", ")))"
        return text
    }

    private func age(_ id: String) -> String {
        guard let found = stored?.appearance(ofConstraint: id) else { return "age unknown" }
        return "age \(found.isAtLeast ? "over " : "")\(Self.duration(now - found.seconds))"
    }

    private func expiry(_ end: String) -> String {
        guard let moment = try? Timestamp(parsing: end, now: Timestamp(epoch: Int64(now))) else { return "until \(end)" }
        let rest = Int(moment.epoch) - now
        return rest > 0 ? "ends in \(Self.duration(rest))" : "expired \(Self.duration(-rest)) ago"
    }

    /// The two largest units: `3d 4h`, `12m 5s`.
    static func duration(_ seconds: Int) -> String {
        var rest = max(0, seconds)
        var parts: [String] = []
        for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            if rest >= length || (unit == "s" && parts.isEmpty) { parts.append("\(rest / length)\(unit)") }
            rest %= length
        }
        return parts.prefix(2).joined(separator: " ")
    }
}
