// SPDX-License-Identifier: GPL-2.0-or-later
// The configurations that the controller of this host has stored, whoever changed them: for history, and for the age of things.
import CIBModel
import ClusterXML
import Glibc

/// The numbered backups of the running cluster's configuration, oldest first, and the present one last.
struct StoredVersions {
    /// One stored configuration.
    struct Version {
        /// `epoch`: counts every change of the configuration.
        var number: Int
        /// Seconds since 1970 when it was written; nil if it does not say.
        var seconds: Int?
        var document: XMLElement

        var user: String { document["update-user"] ?? document["update-client"] ?? "" }
        var time: String { document["cib-last-written"] ?? "" }
    }

    let versions: [Version]

    /// Reads the folder of the controller's state; nil where there is none, or it may not be read.
    init?() {
        let folder = (AgentCatalog.environment("PCMK_state_directory") ?? "/var/lib/pacemaker") + "/cib"
        let names = Directory.names(in: folder).filter { $0 == "cib.xml" || ($0.hasPrefix("cib-") && $0.hasSuffix(".raw")) }
        guard names.contains("cib.xml") else { return nil }
        var found: [Version] = []
        for name in names {
            guard let bytes = TextFile.bytes("\(folder)/\(name)"), let cib = try? XMLParser.parse(bytes), cib.name == "cib" else { continue }
            found.append(
                Version(number: Int(cib["epoch"] ?? "") ?? 0, seconds: cib["cib-last-written"].flatMap(Self.seconds), document: cib))
        }
        guard !found.isEmpty else { return nil }
        versions = found.sorted { Self.precedes($0.document, $1.document) }
    }

    private static func precedes(_ a: XMLElement, _ b: XMLElement) -> Bool { CIBVersion(of: a) < CIBVersion(of: b) }

    /// `Wed Nov 25 17:14:12 2026`, in the local zone.
    static func seconds(_ text: String) -> Int? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 5, let month = months.firstIndex(of: String(words[1])), let day = Int32(words[2]), let year = Int32(words[4]),
            (1970...9999).contains(year)
        else { return nil }
        let clock = words[3].split(separator: ":").compactMap { Int32($0) }
        guard clock.count == 3 else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, Int32(month), day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (clock[0], clock[1], clock[2])
        parts.tm_isdst = -1
        let result = mktime(&parts)
        return result < 0 ? nil : result
    }

    /// When a constraint that is there now appeared.
    /// - Returns: seconds since 1970, and whether it may be older because no stored version is without it.
    func appearance(ofConstraint id: String) -> (seconds: Int, isAtLeast: Bool)? {
        var first: Version?
        for version in versions.reversed() {
            let has = version.document.first("configuration")?.first("constraints")?.children.contains { $0.id == id } ?? false
            guard has else {
                guard let seconds = first?.seconds else { return nil }
                return (seconds, false)
            }
            first = version
        }
        return first?.seconds.map { ($0, true) }
    }
}

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
