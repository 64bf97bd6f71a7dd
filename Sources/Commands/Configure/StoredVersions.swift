// SPDX-License-Identifier: GPL-2.0-or-later
// Earlier configurations: those that the controller of this host has stored, whoever changed them, or what is known of a file's
// past. For history, and for the age of things.
import CIBModel
import ClusterXML
import Glibc

/// The versions of a configuration that are known, oldest first, and the present one last.
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
    /// Whether no version is missing between two that are there: controllers keep each, however fast they follow each other.
    private let isComplete: Bool

    /// Reads the folder of the controller's state: all versions that it has kept. Nil where there is none, or it may not be read.
    init?() {
        let folder = (AgentCatalog.environment("PCMK_state_directory") ?? "/var/lib/pacemaker") + "/cib"
        self.init(Self.documents(ofController: folder), isComplete: true)
    }

    /// What is known of the past of a CIB file: what a controller kept beside it, if it is a controller's, and what `crm configure`
    /// remembers. Other tools that changed it remembered nothing, so there may be gaps.
    init?(file path: String) {
        guard let present = Self.document(path) else { return nil }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let folder = parts.count > 1 ? parts.dropLast().joined(separator: "/") : "."
        let kept = parts.last == "cib.xml" ? Self.documents(ofController: folder) : [present]
        let remembered = ConfigureHistory(.file(path)).entries.map(\.document)
        self.init(kept + remembered.filter { Self.precedes($0, present) }, isComplete: false)
    }

    private init?(_ documents: [XMLElement], isComplete: Bool) {
        guard !documents.isEmpty else { return nil }
        self.isComplete = isComplete
        versions = documents.map { cib in
            Version(number: Int(cib["epoch"] ?? "") ?? 0, seconds: cib["cib-last-written"].flatMap(Self.seconds), document: cib)
        }.sorted { Self.precedes($0.document, $1.document) }
    }

    private static func documents(ofController folder: String) -> [XMLElement] {
        let names = Directory.names(in: folder).filter { $0 == "cib.xml" || ($0.hasPrefix("cib-") && $0.hasSuffix(".raw")) }
        guard names.contains("cib.xml") else { return [] }
        return names.compactMap { document("\(folder)/\($0)") }
    }

    private static func document(_ path: String) -> XMLElement? {
        guard let bytes = TextFile.bytes(path), let cib = try? XMLParser.parse(bytes), cib.name == "cib" else { return nil }
        return cib
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
    /// - Returns: seconds since 1970, and whether it may be older because the version right before is not known.
    func appearance(ofConstraint id: String) -> (seconds: Int, isAtLeast: Bool)? {
        var first: Version?
        for version in versions.reversed() {
            let has = version.document.first("configuration")?.first("constraints")?.children.contains { $0.id == id } ?? false
            guard has else {
                guard let first, let seconds = first.seconds else { return nil }
                return (seconds, !isComplete && first.number > version.number + 1)
            }
            first = version
        }
        return first?.seconds.map { ($0, true) }
    }
}
