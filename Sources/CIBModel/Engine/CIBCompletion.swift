// SPDX-License-Identifier: GPL-2.0-or-later
// What every change of a CIB goes through: rights, versions, who wrote it when, the grammar.
import ClusterXML

extension CIBEngine {
    /// Completes a change, or sets an error in the answer.
    static func finish(
        _ request: CIBRequest, _ before: XMLElement, _ cib: inout XMLElement, _ access: AccessControl?, _ wallSeconds: Int64,
        _ answer: inout CIBAnswer
    ) {
        let difference = TreeDifference(from: before, to: cib)
        // An object that is replaced counts as changed even if it is replaced by itself.
        let isReplaced = request.operation == "cib_replace" && request.data.map { $0.name != "cib" } ?? false
        guard !difference.isEmpty || isReplaced else { return }
        if let access, let denied = access.firstDenial(difference, from: before, to: cib, replaced: request.data?.name == "cib" && request.operation == "cib_replace") {
            answer.rc = CIBError.permissionDenied.rawValue
            answer.details = [denied]
            return
        }
        let old = CIBVersion(of: before)
        let new = CIBVersion(of: cib)
        if (new.adminEpoch, new.epoch) < (old.adminEpoch, old.epoch) {
            answer.rc = CIBError.oldData.rawValue
            return
        }
        let configurationChanged =
            touchesConfiguration(difference, before, cib) || (difference.isEmpty && request.section != "status")
        answer.change = configurationChanged ? .configuration : .status
        let keepsVersions = request.operation == "cib_apply_diff" || (request.operation == "cib_replace" && request.keepsVersions)
        if !keepsVersions { countUp(&cib, configurationChanged) }
        if configurationChanged, !request.options.contains(.noModificationTime) {
            noteWriter(request, &cib, wallSeconds)
        }
        guard configurationChanged || before["validate-with"] != cib["validate-with"] else { return }
        let validity = CIBValidator.validity(of: cib)
        if !validity.isAcceptable {
            answer.rc = CIBError.notValid.rawValue
            answer.details = validity.sentences
            answer.data = cib
        }
    }

    private static func touchesConfiguration(_ difference: TreeDifference, _ before: XMLElement, _ after: XMLElement) -> Bool {
        let old = before.children.firstIndex { $0.name == "configuration" }
        let new = after.children.firstIndex { $0.name == "configuration" }
        if difference.deletions.contains(where: { $0.place.indices.first == old }) { return true }
        return difference.changes.contains { change in
            switch change {
            case .modify(_, let place, _), .create(let place), .move(let place):
                place.indices.first == new && (place.indices.count > 1 || isCreation(change))
            }
        }
    }

    private static func isCreation(_ change: TreeDifference.Change) -> Bool {
        if case .move = change { false } else { true }
    }

    private static func countUp(_ cib: inout XMLElement, _ configurationChanged: Bool) {
        if configurationChanged {
            cib["num_updates"] = "0"
            count("epoch", &cib)
        } else {
            count("num_updates", &cib)
        }
    }

    private static func noteWriter(_ request: CIBRequest, _ cib: inout XMLElement, _ wallSeconds: Int64) {
        // The attributes exist since 1.2.
        guard let version = cib["validate-with"].flatMap({ SchemaVersion(name: $0) }), version >= SchemaVersion(1, 2) else { return }
        cib["cib-last-written"] = WriteTime.text(wallSeconds)
        if let origin = request.origin { cib["update-origin"] = origin }
        if let client = request.client { cib["update-client"] = client }
        if request.client != nil || request.origin != nil, let user = request.user { cib["update-user"] = user }
    }
}

/// Times in the form of `cib-last-written`: `Mon Nov 23 09:14:15 2026`, in UTC unless the caller adds its offset.
package enum WriteTime {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// - Parameter seconds: seconds since 1970, already in the zone that is meant.
    package static func text(_ seconds: Int64) -> String {
        let day = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - day * 86_400
        let (year, month, date) = civil(day)
        func two(_ value: Int64, _ pad: String) -> String { value < 10 ? pad + String(value) : String(value) }
        let clock = [rest / 3_600, rest % 3_600 / 60, rest % 60].map { two($0, "0") }.joined(separator: ":")
        let weekday = days[Int(((day % 7) + 7) % 7)]
        return "\(weekday) \(months[Int(month) - 1]) \(two(date, " ")) \(clock) \(year)"
    }

    /// The Gregorian date of a day counted from 1970-01-01.
    private static func civil(_ day: Int64) -> (year: Int64, month: Int64, day: Int64) {
        // Years begin in March here, so that leap days come last; eras have 400 years.
        let shifted = day + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}
