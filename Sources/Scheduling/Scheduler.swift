// SPDX-License-Identifier: GPL-2.0-or-later
// The scheduler: a CIB and the time in, a transition out. A pure function, readable from top to bottom (scheduler spec 2).

package import CIBModel
package import ClusterStatus
package import ClusterXML

/// What one run of the scheduler decided.
package struct SchedulingResult: Sendable {
    package var transition: Transition
    /// The state with all decisions in it: assignments, next roles, actions and their reasons.
    package var state: ClusterState
}

package enum Scheduler {
    /// Schedules from a CIB of the newest schema.
    /// - Parameters:
    ///   - now: the effective time, for rules, timeouts and expiry.
    ///   - transitionID: number written into the graph.
    package static func run(cib: XMLElement, now: Timestamp, transitionID: Int = 1) -> SchedulingResult {
        run(ClusterState(reading: cib, at: now), transitionID: transitionID)
    }

    /// Schedules from a state that has just been read (phase 1 is done).
    package static func run(_ state: consuming ClusterState, transitionID: Int = 1) -> SchedulingResult {
        var state = state
        let transition = state.schedule(transitionID: transitionID)
        return SchedulingResult(transition: transition, state: state)
    }
}

extension ClusterState {
    /// Phases 2 to 12. Numbers of actions follow from the sequence of phases, so it is part of the result.
    package mutating func schedule(transitionID: Int) -> Transition {
        unpackHealth()
        unpackConstraints()
        applyNodeCriteria()
        addInternalOrderings()
        checkConfigurationChanges()
        assignResources()
        createActions()
        orderRemoteActions()
        fenceAndShutDown()
        applyOrderings()
        // Looking the changes up gives nodes to node-less actions [Q11], which shows in the graph.
        _ = summarizeTransition()
        return GraphBuilder.build(&self, id: transitionID)
    }

    /// Phase 8.
    package mutating func createActions() {
        runDeferredChecks()
        createProbes()
        clearRemovedFailCounts()
        createResourceActions()
    }
}
