// SPDX-License-Identifier: GPL-2.0-or-later
// Actions of groups, clones and bundles: points that their members' actions are ordered around (scheduler spec 18.5, 18.6).

import CIBModel
import ClusterStatus

extension ClusterState {
    /// A pseudo-action of a collective resource.
    private mutating func getPseudo(_ r: ResourceIndex, _ task: TaskName, optional: Bool, runnable: Bool) -> ActionIndex {
        let action = getAction(r, ActionKey(task), node: nil, optional: optional)
        actions[action].flags.insert(.pseudo)
        if runnable { actions[action].flags.insert(.runnable) }
        return action
    }

    // MARK: Group

    mutating func createGroupActions(_ group: ResourceIndex) {
        for member in resources[group].children { createActions(member) }
        var tasks: [TaskName] = [.start, .running, .stop, .stopped]
        if resources[group].meta["promotable"].flatMap(Scan.boolean) == true { tasks += [.demote, .demoted, .promote, .promoted] }
        for task in tasks { _ = getPseudo(group, task, optional: true, runnable: true) }
    }

    // MARK: Instances

    /// What is going on among the instances of a clone or bundle.
    private struct InstanceActivity: OptionSet {
        let rawValue: UInt8
        static let active = InstanceActivity(rawValue: 1)
        static let starting = InstanceActivity(rawValue: 2)
        static let stopping = InstanceActivity(rawValue: 4)
        static let restarting = InstanceActivity(rawValue: 8)
    }

    private func activity(of r: ResourceIndex) -> InstanceActivity {
        guard resources[r].variant == .primitive else {
            return resources[r].children.reduce(into: []) { $0.formUnion(activity(of: $1)) }
        }
        var result: InstanceActivity = resources[r].activeNodes.isEmpty ? [] : .active
        for action in actions.actions(of: r) where actions[action].isRequired {
            if actions[action].task == .start, actions[action].isRunnable {
                result.insert(.starting)
            } else if actions[action].task == .stop, !actions[action].flags.isDisjoint(with: [.runnable, .pseudo]) {
                result.insert(.stopping)
            }
        }
        if result.isSuperset(of: [.starting, .stopping]) { result.insert(.restarting) }
        return result
    }

    private mutating func createInstanceActions(_ r: ResourceIndex, _ instances: ContiguousArray<ResourceIndex>) {
        var activity: InstanceActivity = []
        for instance in instances {
            createActions(instance)
            activity.formUnion(self.activity(of: instance))
        }
        let starting = activity.contains(.starting)
        let stopping = activity.contains(.stopping)
        let start = getPseudo(r, .start, optional: !starting, runnable: true)
        let running = getPseudo(r, .running, optional: !starting, runnable: false)
        actions[running].priority = Score.infinity.value
        if !activity.isDisjoint(with: [.active, .starting]) { actions[running].flags.insert(.runnable) }
        let stop = getPseudo(r, .stop, optional: !stopping, runnable: true)
        let stopped = getPseudo(r, .stopped, optional: !stopping, runnable: true)
        actions[stopped].priority = Score.infinity.value
        if !activity.contains(.restarting) { actions[stop].flags.insert(.migratable) }
        guard resources[r].variant == .clone, resources[r].flags.contains(.notify) else { return }
        let startNotice = createNotifications(r, .start, start, running)
        let stopNotice = createNotifications(r, .stop, stop, stopped)
        relateNotices(stopNotice, before: startNotice)
        setNotifications(r, .start, startNotice)
        setNotifications(r, .stop, stopNotice)
    }

    // MARK: Clone

    mutating func createCloneActions(_ r: ResourceIndex) {
        createInstanceActions(r, resources[r].children)
        guard resources[r].flags.contains(.promotable) else { return }
        var promoting = false
        var demoting = false
        for instance in resources[r].children {
            createActions(instance)  // [Q14]
            findRoleChanges(instance, &promoting, &demoting)
        }
        let promote = getPseudo(r, .promote, optional: !promoting, runnable: true)
        let promoted = getPseudo(r, .promoted, optional: !promoting, runnable: true)
        actions[promoted].priority = Score.infinity.value
        let notifies = resources[r].flags.contains(.notify)
        if notifies, notifications(r, .promote) == nil {
            setNotifications(r, .promote, createNotifications(r, .promote, promote, promoted))
        }
        let demote = getPseudo(r, .demote, optional: !demoting, runnable: true)
        let demoted = getPseudo(r, .demoted, optional: !demoting, runnable: true)
        actions[demoted].priority = Score.infinity.value
        if notifies, notifications(r, .demote) == nil {
            setNotifications(r, .demote, createNotifications(r, .demote, demote, demoted))
            orderNotificationsAroundDemotion(r)
        }
        let priority = resources[r].priority
        for instance in resources[r].children { resources[instance].priority = priority }
    }

    private func findRoleChanges(_ r: ResourceIndex, _ promoting: inout Bool, _ demoting: inout Bool) {
        for child in resources[r].children { findRoleChanges(child, &promoting, &demoting) }
        guard resources[r].variant == .primitive else { return }
        for action in actions.actions(of: r) where actions[action].isRequired {
            if actions[action].task == .promote { promoting = true }
            if actions[action].task == .demote { demoting = true }
        }
    }

    private mutating func orderNotificationsAroundDemotion(_ r: ResourceIndex) {
        guard let start = notifications(r, .start), let stop = notifications(r, .stop), let promote = notifications(r, .promote),
            let demote = notifications(r, .demote)
        else { return }
        relateNotices(stop, before: promote)
        relateNotices(start, before: promote)
        relateNotices(demote, before: promote)
        relateNotices(demote, before: start)
        relateNotices(demote, before: stop)
    }

    private mutating func relateNotices(_ first: NotificationSet, before then: NotificationSet) {
        if let pre = then.pre { actions.relate(first.postDone, pre, .ordered) }
    }

    // MARK: Bundle

    mutating func createBundleActions(_ r: ResourceIndex) {
        guard let bundle = bundle(r) else { return }
        for replica in bundle.replicas {
            if let ip = replica.ip { createActions(ip) }
            createActions(replica.container)
            if let connection = replica.connection { createActions(connection) }
        }
        createInstanceActions(r, instances(of: r))
        guard let inner = bundle.clone else { return }
        createActions(inner)
        guard resources[inner].flags.contains(.promotable) else { return }
        for task in [TaskName.promote, .promoted, .demote, .demoted] {
            let action = getPseudo(r, task, optional: true, runnable: true)
            if task == .promoted || task == .demoted { actions[action].priority = Score.infinity.value }
        }
    }
}
