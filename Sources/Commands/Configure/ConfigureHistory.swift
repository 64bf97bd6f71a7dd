// SPDX-License-Identifier: GPL-2.0-or-later
// What was there before each change, and plans that wait for approval. The running cluster's past is what its controller has
// stored, whoever changed it; that of a CIB file is kept in the user's state directory.
import CIBModel
import ClusterXML
import Glibc

struct ConfigureHistory {
    /// One commit: the document as it was before.
    struct Entry {
        var number: Int
        var time: String
        var user: String
        var document: XMLElement
    }

    private static let kept = 50
    private let directory: String?
    /// What the controller of this host keeps; nil for files and where it may not be read.
    private let stored: StoredVersions?

    /// - Parameter place: which CIB; every file has a history of its own.
    init(_ place: CIBStore.Place) {
        let name: String
        switch place {
        case .live:
            // A machine may run several clusters in folders of their own.
            name = "live" + (AgentCatalog.environment("PCMK_run_directory").map { "-" + Digest.md5Hex(Array($0.utf8)).prefix(12) } ?? "")
        case .file(let path):
            let full = realpath(path, nil).map { pointer in
                defer { free(pointer) }
                return String(cString: pointer)
            }
            name = Digest.md5Hex(Array((full ?? path).utf8))
        }
        if case .live = place { stored = StoredVersions() } else { stored = nil }
        let base =
            AgentCatalog.environment("XDG_STATE_HOME") ?? AgentCatalog.environment("HOME").map { "\($0)/.local/state" }
        directory = base.map { "\($0)/clusterctl/configure/\(name)" }
    }

    private func numbers(_ directory: String) -> [Int] {
        Directory.names(in: directory).compactMap { $0.hasSuffix(".xml") ? Int($0.dropLast(4)) : nil }.sorted()
    }

    /// Remembers a document that is about to be replaced.
    func remember(_ document: XMLElement) {
        guard stored == nil, let directory, Directory.make(directory) else { return }
        let known = numbers(directory)
        var entry = document
        entry.children.removeAll { $0.name != "configuration" }
        entry["commit-time"] = CIBStore.timeText()
        entry["commit-user"] = CIBSource.userName(geteuid())
        _ = try? TextFile.write(entry.serializedBytes(.indented), to: "\(directory)/\((known.last ?? 0) + 1).xml", sync: false)
        for old in known.dropLast(Self.kept - 1) { unlink("\(directory)/\(old).xml") }
    }

    /// The remembered commits, oldest first.
    var entries: [Entry] {
        if let stored {
            return zip(stored.versions, stored.versions.dropFirst()).map { before, after in
                Entry(number: before.number, time: after.time, user: after.user, document: before.document)
            }
        }
        guard let directory else { return [] }
        return numbers(directory).compactMap(entry)
    }

    func entry(_ number: Int) -> Entry? {
        if stored != nil { return entries.last { $0.number == number } }
        guard let directory, let bytes = TextFile.bytes("\(directory)/\(number).xml"), var document = try? XMLParser.parse(bytes)
        else { return nil }
        let entry = (document["commit-time"] ?? "", document["commit-user"] ?? "")
        document["commit-time"] = nil
        document["commit-user"] = nil
        return Entry(number: number, time: entry.0, user: entry.1, document: document)
    }

    // MARK: plans

    func storePlan(_ id: String, _ document: XMLElement) {
        guard let directory, Directory.make(directory) else { return }
        var plan = document
        plan.children.removeAll { $0.name != "configuration" }
        _ = try? TextFile.write(plan.serializedBytes(.indented), to: "\(directory)/plan-\(id)", sync: false)
    }

    func plan(_ id: String) -> XMLElement? {
        guard let directory, !id.contains("/"), let bytes = TextFile.bytes("\(directory)/plan-\(id)") else { return nil }
        return try? XMLParser.parse(bytes)
    }
}
