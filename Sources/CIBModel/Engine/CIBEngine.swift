// SPDX-License-Identifier: GPL-2.0-or-later
// The CIB as a machine: a request in, the changed tree and an answer out. The daemon and the tools on files use it alike.
package import ClusterXML

/// Carries out requests on a CIB, with versions, grammar and access lists (spec: cluster-daemon-facts 2.2, 2.3, 2.6).
package enum CIBEngine {
    /// Carries out one request. After an error the CIB is as it was.
    /// - Parameters:
    ///   - cib: the CIB; edited in place, so a caller that holds the only copy pays for what changes only.
    ///   - wallSeconds: seconds since 1970, for `cib-last-written`.
    package static func perform(_ request: CIBRequest, on cib: inout XMLElement, wallSeconds: Int64) -> CIBAnswer {
        let access = AccessControl(for: request, in: cib)
        if request.operation == "cib_query" { return query(request, cib, access) }
        let before = cib
        var answer = change(request, &cib)
        if answer.rc == 0 {
            finish(request, before, &cib, access, wallSeconds, &answer)
        }
        if answer.rc != 0 || request.options.contains(.dryRun) {
            cib = before
            if answer.rc != 0 { answer.change = .none }
        }
        return answer
    }

    // MARK: Queries

    private static func query(_ request: CIBRequest, _ cib: XMLElement, _ access: AccessControl?) -> CIBAnswer {
        guard let access else { return query(request, cib) }
        guard let readable = access.readable(cib) else { return CIBAnswer(rc: CIBError.permissionDenied.rawValue) }
        return query(request, readable)
    }

    private static func query(_ request: CIBRequest, _ cib: XMLElement) -> CIBAnswer {
        guard !request.options.contains(.xpath) else { return queryXPath(request, cib) }
        guard let place = CIBSection.place(of: request.section, in: cib), var found = cib[place] else {
            return CIBAnswer(rc: CIBError.noSuchObject.rawValue)
        }
        if request.options.contains(.noChildren) { found.children = [] }
        return CIBAnswer(data: found)
    }

    private static func queryXPath(_ request: CIBRequest, _ cib: XMLElement) -> CIBAnswer {
        let places: [XMLPath]
        do {
            places = try XPath(request.section ?? "/cib").places(in: cib)
        } catch {
            return CIBAnswer(rc: error == .tooExpensive ? CIBError.notSupported.rawValue : CIBError.noSuchObject.rawValue, details: [error.description])
        }
        if places.isEmpty { return CIBAnswer(rc: CIBError.noSuchObject.rawValue) }
        if request.options.contains(.xpathAddress), !request.options.contains(.noChildren) {
            let addresses = places.map { XMLElement("xpath-query-path", [("id", cib.address(of: $0))]) }
            return CIBAnswer(data: XMLElement("xpath-query", children: addresses))
        }
        let found = places.compactMap { place in
            cib[place].map { element in
                guard request.options.contains(.noChildren) else { return element }
                var alone = element
                alone.children = []
                return alone
            }
        }
        return CIBAnswer(data: found.count == 1 ? found.first : XMLElement("xpath-query", children: found))
    }

    // MARK: Changes

    /// Changes the tree; versions, grammar and rights come after.
    private static func change(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        let byPath = request.options.contains(.xpath)
        switch request.operation {
        case "cib_create" where byPath, "cib_modify" where byPath, "cib_replace" where byPath, "cib_delete" where byPath:
            return changeXPath(request, &cib)
        case "cib_create": return create(request, &cib)
        case "cib_modify": return modify(request, &cib)
        case "cib_replace": return replace(request, &cib)
        case "cib_delete": return delete(request, &cib)
        case "cib_delete_alt":
            guard let place = CIBSection.place(of: request.section, in: cib), place != .root else {
                return CIBAnswer(rc: CIBError.noSuchObject.rawValue)
            }
            cib.modify(at: place) { $0.children = [] }
            return CIBAnswer()
        case "cib_erase": return erase(&cib)
        case "cib_bump":
            count("epoch", &cib)
            return CIBAnswer()
        case "cib_upgrade": return upgrade(request, &cib)
        case "cib_apply_diff": return patch(request, &cib)
        case "cib_commit_transact": return transaction(request, &cib)
        case "noop": return CIBAnswer()
        default: return CIBAnswer(rc: CIBError.notSupported.rawValue)
        }
    }

    private static func create(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        guard let data = request.data else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        guard let section = request.section, section != "all", section != "cib", data.name != "cib" else {
            var whole = request
            whole.section = nil
            return modify(whole, &cib)
        }
        let objects = data.name == section ? Array(data.elements) : [data]
        guard let place = CIBSection.place(of: section, in: cib) else {
            // There is no section to put it in.
            let failures = objects.prefix(1).map { failure($0, request.operation, .invalid) }
            return CIBAnswer(rc: CIBError.invalid.rawValue, data: failures.isEmpty ? nil : XMLElement("failed", children: failures))
        }
        var rc = 0
        var failures: [XMLElement] = []
        cib.modify(at: place) { parent in
            for object in objects where rc == 0 {
                let exists = parent.children.contains { $0.name == object.name && (object.id == nil || $0.id == object.id) }
                if exists {
                    rc = CIBError.exists.rawValue
                    failures.append(failure(object, request.operation, CIBError.exists))
                } else {
                    var created = XMLElement(object.name)
                    created.merge(object, scores: false)
                    parent.children.append(created)
                }
            }
        }
        return CIBAnswer(rc: rc, data: failures.isEmpty ? nil : XMLElement("failed", children: failures))
    }

    private static func failure(_ object: XMLElement, _ operation: String, _ error: CIBError) -> XMLElement {
        var failed = XMLElement("failed_update", [], children: [object])
        failed["id"] = object.id
        failed["object-type"] = object.name
        failed["operation"] = operation
        failed["reason"] = error.text
        return failed
    }

    private static func modify(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        guard let data = request.data else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        let section = request.section.flatMap { $0 == "all" || $0 == "cib" ? nil : $0 }
        guard let place = section.map({ CIBSection.madePlace(of: $0, in: &cib) }) ?? .root else {
            return CIBAnswer(rc: CIBError.invalid.rawValue)
        }
        let scores = request.options.contains(.scoreUpdate)
        let done = cib.modify(at: place) { root in
            if root.mergeAnywhere(data, scores: scores) { return true }
            guard request.options.contains(.canCreate) else { return false }
            root.children.append(data)
            return true
        }
        return CIBAnswer(rc: done == true ? 0 : CIBError.noSuchObject.rawValue)
    }

    private static func replace(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        guard let data = request.data else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        if data.name == "cib" {
            if let digest = request.digest, digest != Digest.version2(data) {
                return CIBAnswer(rc: CIBError.patchFailed.rawValue, details: ["the data do not have the digest that was sent with them"])
            }
            if CIBVersion(of: data) < CIBVersion(of: cib) { return CIBAnswer(rc: CIBError.oldData.rawValue) }
            cib = data
            return CIBAnswer()
        }
        let section = request.section == data.name ? nil : request.section
        guard let place = CIBSection.place(of: section, in: cib) else { return CIBAnswer(rc: CIBError.noSuchObject.rawValue) }
        let done = cib.modify(at: place) { $0.replaceAnywhere(data) }
        return CIBAnswer(rc: done == true ? 0 : CIBError.noSuchObject.rawValue)
    }

    private static func delete(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        guard let data = request.data else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        guard let place = CIBSection.place(of: request.section, in: cib) else { return CIBAnswer() }
        let patterns = data.name == request.section ? Array(data.elements) : [data]
        cib.modify(at: place) { root in
            for pattern in patterns { _ = root.deleteAnywhere(pattern) }
        }
        return CIBAnswer()
    }

    private static func erase(_ cib: inout XMLElement) -> CIBAnswer {
        let sections = ["crm_config", "nodes", "resources", "constraints"].map { XMLElement($0) }
        cib.children = [XMLElement("configuration", children: sections), XMLElement("status")]
        count("admin_epoch", &cib)
        return CIBAnswer()
    }

    private static func upgrade(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        let limit = request.schemaLimit.flatMap { SchemaVersion(name: $0) } ?? .newest
        guard let start = cib["validate-with"].flatMap({ SchemaVersion(name: $0) }) else {
            return CIBAnswer(rc: CIBError.notValid.rawValue, details: CIBValidator.validity(of: cib).sentences)
        }
        let upgrade = SchemaUpgrade(cib, from: start, upTo: limit)
        let problems = upgrade.problems.map(\.description)
        guard let reached = upgrade.reached else {
            return CIBAnswer(rc: CIBError.notValid.rawValue, details: problems, notes: upgrade.notes)
        }
        guard reached > start else {
            let error: CIBError = upgrade.trail.last?.isValid == true ? .schemaUnchanged : .upgradeFailed
            return CIBAnswer(rc: error.rawValue, details: problems, notes: upgrade.notes)
        }
        cib = upgrade.cib
        count("admin_epoch", &cib)
        cib["epoch"] = "1"
        cib["num_updates"] = "1"
        return CIBAnswer(details: problems, notes: upgrade.notes)
    }

    private static func patch(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        guard let data = request.data else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        do {
            try CIBPatch.apply(data, to: &cib)
            return CIBAnswer()
        } catch {
            return CIBAnswer(rc: error.error.rawValue, details: [error.explanation])
        }
    }

    /// All commands or none. The commands are checked as one change.
    private static func transaction(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        guard let data = request.data, data.name == "cib_transaction" else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        for command in data.elements("cib_command") {
            guard let operation = command["cib_op"], transactionOperations.contains(operation) else {
                return CIBAnswer(rc: CIBError.notSupported.rawValue)
            }
            let part = CIBRequest(
                operation, section: command["cib_section"],
                options: CIBOptions(rawValue: command["cib_callopt"].flatMap { Int($0) } ?? 0),
                data: command.first("cib_calldata")?.children.first(where: \.isElement))
            let answer = change(part, &cib)
            if answer.rc != 0 { return answer }
        }
        return CIBAnswer()
    }

    private static let transactionOperations: Set = [
        "cib_create", "cib_modify", "cib_replace", "cib_delete", "cib_erase", "cib_bump", "cib_upgrade", "cib_apply_diff",
    ]

    // MARK: XPath

    private static func changeXPath(_ request: CIBRequest, _ cib: inout XMLElement) -> CIBAnswer {
        let multiple = request.options.contains(.multiple)
        let places: [XMLPath]
        do {
            places = try XPath(request.section ?? "").places(in: cib, limit: multiple ? .max : 1)
        } catch {
            return CIBAnswer(rc: CIBError.noSuchObject.rawValue, details: [error.description])
        }
        guard !places.isEmpty else {
            return CIBAnswer(rc: request.operation == "cib_delete" ? 0 : CIBError.noSuchObject.rawValue)
        }
        let scores = request.options.contains(.scoreUpdate)
        if request.operation != "cib_delete", request.data == nil { return CIBAnswer(rc: CIBError.invalid.rawValue) }
        // From the last to the first, so that places before stay where they are.
        for place in places.reversed() {
            switch request.operation {
            case "cib_delete": cib.remove(at: place)
            case "cib_create": cib.modify(at: place) { if let data = request.data { $0.children.append(data) } }
            case "cib_replace":
                guard let parent = place.parent, let data = request.data else { return CIBAnswer(rc: CIBError.invalid.rawValue) }
                cib.remove(at: place)
                cib.modify(at: parent) { $0.children.append(data) }
            default:
                let done = cib.modify(at: place) { root in request.data.map { root.mergeAnywhere($0, scores: scores) } ?? false }
                if done != true { return CIBAnswer(rc: CIBError.noSuchObject.rawValue) }
            }
        }
        return CIBAnswer()
    }

    static func count(_ counter: String, _ cib: inout XMLElement) {
        let (next, overflow) = (cib[counter].flatMap { Int($0) } ?? 0).addingReportingOverflow(1)
        cib[counter] = String(overflow ? Int.max : next)
    }
}
