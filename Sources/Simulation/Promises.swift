// SPDX-License-Identifier: GPL-2.0-or-later
// What administrators were told is done, to be compared with what a CIB has.
import ClusterXML

/// Changes of the configuration, by what they change: `property:NAME`, `parameter:RESOURCE`, `constraint:ID`, `standby:NODE`.
struct Promises {
    private struct Subject {
        let key: String
        /// All values that were ever asked for, oldest first: an unanswered one may have come to be or not.
        var asked: [String?] = []
        /// The newest one that was acknowledged.
        var acknowledged: Int?
    }

    private var subjects: [Subject] = []

    private mutating func index(of key: String) -> Int {
        if let index = subjects.firstIndex(where: { $0.key == key }) { return index }
        subjects.append(Subject(key: key))
        return subjects.count - 1
    }

    mutating func ask(_ key: String, _ value: String?) { subjects[index(of: key)].asked.append(value) }

    mutating func promise(_ key: String, _ value: String?) {
        let subject = index(of: key)
        guard let position = subjects[subject].asked.lastIndex(of: value) else { return }
        subjects[subject].acknowledged = max(position, subjects[subject].acknowledged ?? 0)
    }

    /// An acknowledged change that a CIB has neither kept nor seen replaced by a later one.
    func lost(in cib: XMLElement) -> Violation? {
        guard let configuration = cib.first("configuration") else { return nil }
        for subject in subjects {
            guard let position = subject.acknowledged else { continue }
            let found = Self.value(of: subject.key, in: configuration)
            guard subject.asked[position...].contains(found) else {
                return Violation(
                    "the change \(subject.key)=\(subject.asked[position] ?? "nothing") was acknowledged and is lost; it is \(found ?? "nothing")")
            }
        }
        return nil
    }

    static func value(of key: String, in configuration: XMLElement) -> String? {
        let parts = key.split(separator: ":", maxSplits: 1)
        guard parts.count == 2 else { return nil }
        let name = String(parts[1])
        switch parts[0] {
        case "property":
            return pair(name, in: configuration.first("crm_config")?.children)
        case "parameter":
            let primitive = configuration.first("resources")?.children.first { $0.id == name }
            return pair("fake", in: primitive?.children)
        case "standby":
            return pair("standby", in: configuration.first("nodes")?.children.first { $0["uname"] == name }?.children)
        case "constraint":
            guard let constraint = configuration.first("constraints")?.children.first(where: { $0.id == name }) else { return nil }
            return "\(constraint["node"] ?? "") \(constraint["score"] ?? "")"
        default: return nil
        }
    }

    private static func pair(_ name: String, in sets: [XMLElement]?) -> String? {
        for set in sets ?? [] {
            for pair in set.children where pair.name == "nvpair" && pair["name"] == name { return pair["value"] }
        }
        return nil
    }
}
