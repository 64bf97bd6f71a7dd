// SPDX-License-Identifier: GPL-2.0-or-later
// The pseudo-actions around an operation of a clone with notifications (scheduler spec 19.1).

/// A clone and the operation it notifies about.
package struct NotificationKey: Hashable, Sendable {
    package var resource: ResourceIndex
    package var operation: TaskName

    package init(_ resource: ResourceIndex, _ operation: TaskName) {
        (self.resource, self.operation) = (resource, operation)
    }
}

/// What is told before and after an operation.
package struct NotificationSet: Sendable {
    package var operation: TaskName
    /// Nil when there is nothing to tell before (stops implied by fencing).
    package var pre: ActionIndex?
    package var preDone: ActionIndex?
    package var post: ActionIndex
    package var postDone: ActionIndex

    package init(operation: TaskName, pre: ActionIndex?, preDone: ActionIndex?, post: ActionIndex, postDone: ActionIndex) {
        self.operation = operation
        self.pre = pre
        self.preDone = preDone
        self.post = post
        self.postDone = postDone
    }
}

extension ClusterState {
    /// Remembers a line about a decision for the terminal.
    package mutating func inform(_ text: String) {
        decisionNotes.append(DecisionNote(text: text, position: scoreReports.count))
    }
}
