// SPDX-License-Identifier: GPL-2.0-or-later
// Telling the instances of a clone before and after something happens to one of them (scheduler spec 19).

import CIBModel
import ClusterStatus

extension ClusterState {
    func notifications(_ r: ResourceIndex, _ operation: TaskName) -> NotificationSet? {
        notificationSets[NotificationKey(r, operation)]
    }

    mutating func setNotifications(_ r: ResourceIndex, _ operation: TaskName, _ set: NotificationSet) {
        notificationSets[NotificationKey(r, operation)] = set
    }

    /// The four pseudo-actions around an operation of a clone (19.1).
    mutating func createNotifications(
        _ r: ResourceIndex, _ operation: TaskName, _ action: ActionIndex, _ completion: ActionIndex
    ) -> NotificationSet {
        let pre = noticeAction(r, action, .pre, operation)
        let preDone = noticeAction(r, action, .confirmedPre, operation)
        actions[pre].flags.insert(.runnable)
        actions[preDone].flags.insert(.runnable)
        actions.relate(pre, preDone, .ordered)
        actions.relate(preDone, action, .ordered)
        var set = createPostNotifications(r, operation, completion)
        actions.relate(preDone, set.post, .ordered)
        set.pre = pre
        set.preDone = preDone
        return set
    }

    /// The two pseudo-actions after the completion of an operation.
    mutating func createPostNotifications(_ r: ResourceIndex, _ operation: TaskName, _ completion: ActionIndex) -> NotificationSet {
        let post = noticeAction(r, completion, .post, operation)
        let postDone = noticeAction(r, completion, .confirmedPost, operation)
        for action in [post, postDone] {
            actions[action].priority = Score.infinity.value
            if actions[completion].isRunnable {
                actions[action].flags.insert(.runnable)
            } else {
                actions[action].flags.remove(.runnable)
            }
        }
        actions.relate(completion, post, .firstImpliesThen)
        actions.relate(post, postDone, .firstImpliesThen)
        return NotificationSet(operation: operation, pre: nil, preDone: nil, post: post, postDone: postDone)
    }

    private mutating func noticeAction(
        _ r: ResourceIndex, _ about: ActionIndex, _ kind: NotificationKind, _ operation: TaskName
    ) -> ActionIndex {
        let isConfirmation = kind == .confirmedPre || kind == .confirmedPost
        let action = getAction(
            r, ActionKey(actions[about].task, notification: kind), task: isConfirmation ? .notified : .notify, node: nil,
            optional: actions[about].isOptional)
        actions[action].flags.insert(.pseudo)
        actions.setMeta(action, "notify_key_type", kind.text)
        actions.setMeta(action, "notify_key_operation", actions.tasks.name(of: actions[about].task))
        actions.setMeta(action, "notify_type", kind == .pre || kind == .confirmedPre ? "pre" : "post")
        actions.setMeta(action, "notify_operation", actions.tasks.name(of: operation))
        return action
    }

    /// Everything a clone's instances are told, when all its actions are decided (19.2).
    mutating func createInstanceNotifications(_ r: ResourceIndex) {
        guard resources[r].flags.contains(.notify) else { return }
        var facts = NotificationFacts()
        collectFacts(r, &facts, withActions: true)
        let names = describe(r, facts)
        for operation in [TaskName.start, .stop, .promote, .demote] {
            guard let set = notifications(r, operation) else { continue }
            if !facts.list(operation).isEmpty {
                for action in [set.pre, set.preDone, set.post, set.postDone].compactMap({ $0 }) {
                    actions[action].flags.remove(.optional)
                }
            }
            notifyInstances(r, set, names, isNeeded: operation == .stop || !facts.list(operation).isEmpty)
        }
    }

    /// A stop implied by fencing is told to the surviving instances after the fencing (19.3).
    mutating func notifyAfterFencing(_ stop: ActionIndex, _ r: ResourceIndex, _ fencing: ActionIndex) {
        guard let node = actions[stop].node else { return }
        let set = createPostNotifications(r, .stop, fencing)
        let names = [ActionMeta("notify_stop_resource", resources[r].id), ActionMeta("notify_stop_uname", nodes[node].name)]
        notifyInstances(resources[r].top, set, names, isNeeded: true)
    }

    // MARK: Instances

    private mutating func notifyInstances(_ r: ResourceIndex, _ set: NotificationSet, _ names: [ActionMeta], isNeeded: Bool) {
        guard resources[r].children.isEmpty else {
            for child in resources[r].children { notifyInstances(child, set, names, isNeeded: isNeeded) }
            return
        }
        for action in actions.actions(of: r) where actions[action].isRequired && actions[action].node != nil {
            switch actions[action].task {
            case .start, .stop, .promote, .demote: for name in names { actions.setMeta(action, name.name, name.value) }
            default: break
            }
        }
        guard isNeeded else { return }
        switch set.operation {
        case .stop, .demote: if resources[r].originalRole != .stopped { notifyGoingDown(r, set, names) }
        default: if resources[r].nextRole != .stopped { notifyComingUp(r, set, names) }
        }
    }

    private mutating func notifyGoingDown(_ r: ResourceIndex, _ set: NotificationSet, _ names: [ActionMeta]) {
        let stop = firstAction(task: .stop, of: r)
        for node in resources[r].activeNodes {
            let isLost = nodes[node].isUnclean || nodes[node].flags.contains(.remoteReset)
            if let stop, actions[stop].isPseudo, isLost { continue }
            notify(r, node, set.pre, set.preDone, names)
            let stays = stop.map { actions[$0].isOptional } ?? true
            if set.operation == .demote || stays { notifyAfterwards(r, node, set, names) }
        }
    }

    private mutating func notifyComingUp(_ r: ResourceIndex, _ set: NotificationSet, _ names: [ActionMeta]) {
        let start = firstAction(task: .start, of: r)
        if let start, let node = actions[start].node, let connection = nodes[node].connection,
            let connect = firstAction(task: .start, of: connection), !actions[connect].isRunnable
        {
            return
        }
        guard let node = resources[r].assigned else { return }
        if set.operation != .start || (start.map { actions[$0].isOptional } ?? true) {
            notify(r, node, set.pre, set.preDone, names)
        }
        notifyAfterwards(r, node, set, names)
    }

    @discardableResult
    private mutating func notify(
        _ r: ResourceIndex, _ node: NodeIndex, _ notice: ActionIndex?, _ done: ActionIndex?, _ names: [ActionMeta]
    ) -> ActionIndex? {
        guard let notice, let done, nodes[node].isOnline, actions[notice].isRunnable else { return nil }
        let isPre = actions.explicitMeta(notice, "notify_type") == "pre"
        let operation = actions.tasks.task(named: actions.explicitMeta(notice, "notify_operation") ?? "")
        let action = getAction(
            r, ActionKey(operation, notification: isPre ? .pre : .post), task: .notify, node: node,
            optional: actions[notice].isOptional)
        let list = actions[notice].metaList
        if list >= 0 {
            for meta in actions.metas[Int(list)] { actions.setMeta(action, meta.name, meta.value, overwrite: false) }
        }
        inheritMeta(action, r, from: notice)
        for name in names { actions.setMeta(action, name.name, name.value) }
        actions.relate(notice, action, .ordered)
        actions.relate(action, done, .ordered)
        return action
    }

    /// An instance is told what the notice itself is configured to be (by defaults, or by an instance that was fenced), where its
    /// own operation says nothing, or nothing valid. Without configured operations both say the same.
    private mutating func inheritMeta(_ action: ActionIndex, _ r: ResourceIndex, from notice: ActionIndex) {
        guard let source = actions[notice].resource, source != r, max(actions[notice].operation, actions[action].operation) >= 0
        else { return }
        let own = metaOfOperation(action, r)
        for entry in metaOfOperation(notice, source).entries where own[entry.name] == nil {
            actions.setMeta(action, entry.name, entry.value, overwrite: false)
        }
    }

    private mutating func metaOfOperation(_ action: ActionIndex, _ r: ResourceIndex) -> NameValueTable {
        let operation = actions[action].operation
        return operationMeta(
            r, task: actions.tasks.name(of: actions[action].task), interval: 0, operation: operation >= 0 ? Int(operation) : nil,
            node: actions[action].node)
    }

    private mutating func notifyAfterwards(_ r: ResourceIndex, _ node: NodeIndex, _ set: NotificationSet, _ names: [ActionMeta]) {
        if let action = notify(r, node, set.post, set.postDone, names) { actions[action].priority = Score.infinity.value }
        for action in actions.actions(of: r) where hasIntervalMeta(action) && actions[action].task != .cancel {
            actions.relate(set.postDone, action, .ordered)
        }
    }
}
