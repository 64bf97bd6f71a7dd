// SPDX-License-Identifier: GPL-2.0-or-later
// The fencing history of a live cluster (cli-tools §5.6), as text and as elements.
package import ClusterXML

extension StatusReport {
    /// The history as shown: reduced to the newest event of a kind unless the whole is wanted.
    private func events(_ outcomes: Set<FencingEvent.Outcome>) -> [FencingEvent] {
        var events = (live?.fencing ?? []).filter { outcomes.contains($0.outcome) && allowsTarget($0.target) }
        events.sort { ($0.completed, $0.completedNanoseconds) > ($1.completed, $1.completedNanoseconds) }
        guard !show.fullFencingHistory else { return events }
        var kept: [FencingEvent] = []
        for event in events {
            let isOld = event.outcome != .pending && kept.contains {
                $0.outcome == event.outcome && $0.target == event.target && $0.action == event.action
                    && $0.origin == event.origin && $0.client == event.client
            }
            if !isOld { kept.append(event) }
        }
        return kept
    }

    private func allowsTarget(_ name: String) -> Bool { show.onlyNodes?.contains(name) ?? true }

    package func failedFencingBlocks() -> [TextBlock] {
        // Together with the successes they are one history, printed later.
        if shows(.fencingSucceeded) { return [] }
        let lines = events([.failed]).map { TextBlock.line(text($0)) }
        return lines.isEmpty ? [] : [.list("Failed Fencing Actions", lines)]
    }

    /// Pending fencing, or the whole history where the successes are wanted.
    package func otherFencingBlocks() -> [[TextBlock]] {
        if shows(.fencingSucceeded) {
            var outcomes: Set<FencingEvent.Outcome> = [.success]
            if shows(.fencingFailed) { outcomes.insert(.failed) }
            if shows(.fencingPending) { outcomes.insert(.pending) }
            let lines = events(outcomes).map { TextBlock.line(text($0)) }
            return lines.isEmpty ? [] : [[.list("Fencing History", lines)]]
        }
        guard shows(.fencingPending) else { return [] }
        let lines = events([.pending]).map { TextBlock.line(text($0)) }
        return lines.isEmpty ? [] : [[.list("Pending Fencing Actions", lines)]]
    }

    /// One event in a sentence, or with its parts named where details are wanted.
    package func text(_ event: FencingEvent) -> String {
        let action = Self.verb(event.action)
        let time = clock.standard(event.completed, microseconds: event.completedNanoseconds / 1000)
        if show.detail {
            var text = "\(action) of \(event.target) \(Self.word(event.outcome)): "
            if let delegate = event.delegate { text += "delegate=\(delegate), " }
            text += "client=\(event.client), origin=\(event.origin)"
            if let reason = event.exitReason, !reason.isEmpty { text += ", exit-reason='\(reason)'" }
            switch event.outcome {
            case .pending: break
            case .success: text += ", \(show.fullFencingHistory ? "completed" : "last-successful")='\(time)'"
            case .failed: text += ", \(show.fullFencingHistory ? "completed" : "last-failed")='\(time)'"
            }
            return text + laterSuccess(event)
        }
        var text = "\(action) of \(event.target)"
        if let delegate = event.delegate { text += delegate == "a human" ? " by a human" : " by \(delegate)" }
        text += " for \(event.client)@\(event.origin)"
        if !show.fullFencingHistory, event.outcome != .success { text += " last" }
        text += " \(Self.word(event.outcome))"
        if event.outcome == .failed, let reason = event.exitReason, !reason.isEmpty { text += " (\(reason))" }
        if event.outcome != .pending { text += " at \(time)" }
        return text + laterSuccess(event)
    }

    private func laterSuccess(_ event: FencingEvent) -> String {
        guard event.outcome == .failed else { return "" }
        let later = (live?.fencing ?? []).first {
            $0.outcome == .success && $0.target == event.target && $0.action == event.action
                && ($0.completed, $0.completedNanoseconds) > (event.completed, event.completedNanoseconds)
        }
        return later.map { " (a later attempt from \($0.origin) succeeded)" } ?? ""
    }

    private static func verb(_ action: String) -> String {
        action == "on" || action == "off" ? "turning \(action)" : action
    }

    private static func word(_ outcome: FencingEvent.Outcome) -> String {
        switch outcome {
        case .success: "successful"
        case .failed: "failed"
        case .pending: "pending"
        }
    }

    // MARK: Elements

    func fencingElement() -> XMLElement? {
        guard live != nil, shows(.fencing) else { return nil }
        var outcomes: Set<FencingEvent.Outcome> = []
        if shows(.fencingSucceeded) { outcomes.insert(.success) }
        if shows(.fencingFailed) { outcomes.insert(.failed) }
        if shows(.fencingPending) { outcomes.insert(.pending) }
        let events = self.events(outcomes)
        if events.isEmpty { return nil }
        return XMLElement("fence_history", [("status", "0")], children: events.map(eventElement))
    }

    /// One event as an element.
    package func eventElement(_ event: FencingEvent) -> XMLElement {
        var element = XMLElement("fence_event", [("action", event.action), ("target", event.target)])
        element["client"] = event.client
        element["origin"] = event.origin
        element["delegate"] = event.delegate
        element["status"] = event.outcome.rawValue
        if let reason = event.exitReason, !reason.isEmpty { element["exit-reason"] = reason }
        if event.outcome != .pending {
            element["completed"] = clock.standard(event.completed, microseconds: event.completedNanoseconds / 1000)
        }
        return element
    }
}
