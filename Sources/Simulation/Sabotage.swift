// SPDX-License-Identifier: GPL-2.0-or-later
// Broken daemons on purpose: a checker that cannot fail checks nothing, so tests let each of these be found.

/// A way in which a daemon misbehaves.
package enum Sabotage: String, Sendable, CaseIterable {
    /// A resource is started on a second host.
    case runTwice
    /// The disk says that a change is written and forgets it.
    case forgetWrite
    /// An order is sent twice.
    case repeatOrder
    /// An agent is started while another one works on the same resource.
    case overlapAgents
    /// The CIB's version goes back.
    case turnBackVersion
    /// A tool is answered twice.
    case answerTwice
    /// A tool is not answered.
    case answerNever
    /// The controller sleeps for ever once the storm is over.
    case sleep
    /// A commit that nobody confirmed stays.
    case keepUnconfirmed
    /// A daemon does not know the agents that the one before has left at work.
    case forgetAgents
    /// A controller does not know which migrations the one before has left.
    case forgetMigrations

    /// What the report of the violation says.
    package var complaint: String {
        switch self {
        case .runTwice: "at the same time"
        case .forgetWrite: "is lost"
        case .repeatOrder: "twice"
        case .overlapAgents: "overlap"
        case .turnBackVersion: "went back"
        case .answerTwice: "answered twice"
        case .answerNever: "never answered"
        case .sleep: "after the storm"
        case .keepUnconfirmed: "not confirmed"
        case .forgetAgents: "overlap"
        case .forgetMigrations: "at the same time"
        }
    }
}
