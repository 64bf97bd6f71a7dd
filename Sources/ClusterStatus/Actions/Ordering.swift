// SPDX-License-Identifier: GPL-2.0-or-later
// Orderings as recorded while constraints are read, and relations between actions that they become (spec 22.1).

/// One side of an ordering: an action, or whatever actions of a resource have a key.
package struct OrderingSide: Sendable {
    package var resource: ResourceIndex?
    package var action: ActionIndex?
    package var key: ActionKey

    package init(_ resource: ResourceIndex, _ key: ActionKey) {
        self.resource = resource
        self.key = key
    }

    private init(others: Void) {
        resource = nil
        key = ActionKey(.stop)
    }

    /// Stands for all later instances of an ordered clone, if the first side is an instance of it.
    package static let laterInstances = OrderingSide(others: ())

    package init(_ action: ActionIndex, resource: ResourceIndex?, key: ActionKey) {
        self.action = action
        self.resource = resource
        self.key = key
    }
}

/// An ordering "first, then" in creation order; becomes relations when all actions are known.
package struct OrderingRecord: Sendable {
    package var first: OrderingSide
    package var then: OrderingSide
    package var flags: OrderFlags
}

/// "First before then" between two actions. Both ends keep flags of their own: changing those of one side leaves the other alone.
package struct Relation: Sendable {
    package let first: ActionIndex
    package let then: ActionIndex
    /// Flags as the `then` action sees them; the fix-point and the graph change these.
    package var flags: OrderFlags
    /// In the graph this relation is an input of the then action.
    package var isChosen = false
    /// Flags as stored with the `first` action; never changed.
    package let afterFlags: OrderFlags
    /// Next older relation with the same first action.
    package let olderAfter: Int32
    /// Next older relation with the same then action.
    package let olderBefore: Int32
}
