// SPDX-License-Identifier: GPL-2.0-or-later
// The order of operations in a resource's history (scheduler spec 9.5).

import CIBModel

/// Which of two operations is newer.
package enum OperationOrder {
    /// Negative: a is older than b.
    package static func compare(_ a: OperationResult, _ b: OperationResult) -> Int {
        let sameNode = Compare.equalIgnoringCase(a.onNode, b.onNode)
        if sameNode, a.id == b.id { return 0 }
        if a.callID == -1, b.callID == -1 { return 0 }
        if sameNode, a.callID >= 0, a.callID < b.callID { return -1 }
        if sameNode, b.callID >= 0, a.callID > b.callID { return 1 }
        if a.callID >= 0, b.callID >= 0, !sameNode || a.callID == b.callID {
            if a.lastRCChange >= 0, a.lastRCChange < b.lastRCChange { return -1 }
            if b.lastRCChange >= 0, a.lastRCChange > b.lastRCChange { return 1 }
            return 0
        }
        return comparePending(a, b)
    }

    /// One of the two has no call id yet: the transition decides.
    private static func comparePending(_ a: OperationResult, _ b: OperationResult) -> Int {
        guard let x = a.transitionMagic.flatMap(TransitionKey.inMagic), let y = b.transitionMagic.flatMap(TransitionKey.inMagic)
        else { return 0 }
        if x.transition == y.transition || !Compare.equalIgnoringCase(String(x.uuid), String(y.uuid)) {
            return a.callID == -1 ? 1 : -1
        }
        if x.transition == -1 { return 1 }
        if y.transition == -1 { return -1 }
        if x.transition == y.transition { return 0 }
        return x.transition < y.transition ? -1 : 1
    }

    /// Positions of the operations, oldest first, starting from reverse document order. With pending operations the comparison may be
    /// inconsistent.
    package static func sorted(_ operations: ContiguousArray<OperationResult>) -> ContiguousArray<Int32> {
        // Nearly all entries of a large cluster are a single probe.
        if operations.count == 1 { return onlyOne }
        var order = ContiguousArray((0..<Int32(clamping: operations.count)).reversed())
        mergeSort(&order) { compare(operations[Int($0)], operations[Int($1)]) }
        return order
    }

    /// Operations as people are told them: oldest first, those that do not come after one another in the order of the document.
    package static func listed(_ operations: ContiguousArray<OperationResult>) -> [OperationResult] {
        var positions = ContiguousArray(operations.indices)
        mergeSort(&positions) { compare(operations[$0], operations[$1]) }
        return positions.map { operations[$0] }
    }

    private static let onlyOne: ContiguousArray<Int32> = [0]

    /// Positions (in the sorted order) of the current start and the last stop, −1 without (9.8).
    package static func activeRange(
        _ operations: ContiguousArray<OperationResult>, sorted: ContiguousArray<Int32>
    ) -> (start: Int32, stop: Int32) {
        var (start, stop): (Int32, Int32) = (-1, -1)
        var (impliedMonitor, impliedClone): (Int32, Int32) = (-1, -1)
        for (counter, position) in sorted.enumerated() {
            let counter = Int32(truncatingIfNeeded: counter)
            let (task, rc) = (operations[Int(position)].task, operations[Int(position)].rc)
            switch task {
            case .stop where operations[Int(position)].status == OperationStatus.done: stop = counter
            case .start, .migrateFrom: start = counter
            case .monitor where impliedMonitor <= stop:
                if rc == 0 || rc == 8 { impliedMonitor = counter }
            case .promote, .demote: impliedClone = counter
            default: break
            }
        }
        if start == -1 { start = impliedClone != -1 ? impliedClone : impliedMonitor }
        return (start, stop)
    }
}
