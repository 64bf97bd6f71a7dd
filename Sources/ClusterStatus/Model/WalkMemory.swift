// SPDX-License-Identifier: GPL-2.0-or-later
// What walks along colocations add up to, remembered: long chains, groups and layers are walked from each of their resources, and
// in layers, and where many keep apart, there are more ways than anyone can walk.

import CIBModel

/// Which colocations of a resource a walk goes along first.
package enum WalkPart: UInt8, Sendable { case all, mandatory, optional }

/// What a walk from one resource on does to the scores of all nodes.
package struct WalkEffect: Sendable {
    package let part: WalkPart
    /// What the steps from the resource may weigh.
    package var factors: FactorRange
    /// By node.
    package var shifts: ContiguousArray<ScoreShift>
    /// How many steps there are: each is a copy of the table.
    package private(set) var copies = 0

    package init(_ part: WalkPart, factor: Float, nodeCount: Int) {
        self.part = part
        factors = FactorRange(signOf: factor)
        shifts = ContiguousArray(repeating: ScoreShift(), count: nodeCount)
    }

    /// One step that was added already, then the walk from where it leads.
    package mutating func appendStep(and rest: WalkEffect) {
        for position in shifts.indices { shifts[position].append(rest.shifts[position]) }
        copies = Self.sum(of: copies + 1, rest.copies)
    }

    /// There may be more copies than can be counted. From some number on it matters only whether it is odd.
    package static func sum(of copies: Int, _ more: Int) -> Int {
        let sum = copies + more
        return sum < 1 << 20 ? sum : 1 << 20 - 2 + sum & 1
    }
}

/// What is known about walks. Valid as long as the lists of colocations stay as they are; what was asked of a table that changes is
/// forgotten with `forgetUsers(of:)`.
package struct WalkMemory: Sendable {
    /// The walks from one resource, dependents or primaries first.
    private struct Place: Sendable {
        var generation: UInt32 = 0
        /// How many steps the walk took, if that is worth to be remembered.
        var steps: Int32 = 0
        /// How many that were when its shape did not pay.
        var stepsInVain: Int32 = 0
        /// The walk depends on where it comes from: it leads back to where it was, or asks what changes with a place.
        var isVaried = false
        /// Something else than tables and marks has a say: the walk has to be walked.
        var isOpaque = false
        /// What the resources that the walk leads to think of nodes was asked.
        var isAsked = false
        var effects: ContiguousArray<WalkEffect> = []
        /// Walks of which some steps are taken back.
        var traces: ContiguousArray<WalkTrace> = []
        /// The places whose effects contain what this place's resource thinks of nodes.
        var users: ContiguousArray<Int32> = []
    }

    /// Steps of all walks so far.
    package var steps = 0
    /// How many steps make a walk worth to be remembered: a shorter one is quicker. Makes no difference to any score.
    package var worthwhile: Int32 = 16
    private var generation: UInt32 = 1
    private var listEpoch: UInt32 = 0
    private var shiftCount: Int32 = 0
    private var places: ContiguousArray<Place> = []
    /// What `shapes` keeps, if anything: apart from the state, which is copied often.
    private var shapeStore: ContiguousArray<WalkShapes> = []

    /// How many shifts are kept at most: 40 MB.
    private static let room: Int32 = 2_000_000

    package init() {}

    package var isEmpty: Bool { places.isEmpty }

    /// Walks that lead back to where they were.
    package var shapes: WalkShapes {
        get { shapeStore.first ?? WalkShapes() }
        _modify {
            if shapeStore.isEmpty { shapeStore.append(WalkShapes()) }
            yield &shapeStore[0]
        }
    }

    /// Whether a walk is one of those that are remembered.
    @inline(__always)
    package func isLong(_ place: Int) -> Bool { !places.isEmpty && places[place].steps > 0 }

    /// Whether a walk takes so many steps that an account of it pays.
    package func isTangled(_ place: Int) -> Bool { places[place].steps / 4 >= worthwhile }

    /// Whether a walk takes so many steps that no explanation could name them all.
    package func isEndless(_ place: Int) -> Bool { places[place].steps > 1000 }

    /// Notes how many steps a walk took.
    @inline(__always)
    package mutating func note(_ taken: Int, at place: Int, of count: Int) {
        if taken >= Int(worthwhile) { markLong(place, taken, of: count) }
    }

    private mutating func markLong(_ place: Int, _ taken: Int, of count: Int) {
        cover(count)
        places[place].steps = max(places[place].steps, Int32(clamping: taken))
    }

    /// Makes room for that many places, two a resource.
    package mutating func cover(_ count: Int) {
        if places.count != count { places = ContiguousArray(repeating: Place(), count: count) }
    }

    /// Forgets everything if lists of colocations have changed since, or too much is remembered. Not while an effect is put together.
    package mutating func begin(listEpoch epoch: UInt32) {
        if shiftCount > Self.room {
            for place in places.indices { places[place] = Place(steps: places[place].steps) }
            shiftCount = 0
            if !shapeStore.isEmpty { shapeStore[0].forgetWalks() }
        }
        if listEpoch != epoch {
            listEpoch = epoch
            generation &+= 1
        }
    }

    /// Forgets everything: a node became available, or is no longer.
    package mutating func forgetAll() {
        generation &+= 1
        if !shapeStore.isEmpty { shapeStore[0].forgetWalks() }
    }

    private mutating func renew(_ place: Int) {
        guard places[place].generation != generation else { return }
        forget(place)
        places[place] = Place(generation: generation, steps: places[place].steps, stepsInVain: places[place].stepsInVain)
    }

    private mutating func forget(_ place: Int) {
        for effect in places[place].effects { shiftCount -= Int32(effect.shifts.count) }
        for trace in places[place].traces { shiftCount -= Int32(2 * trace.nodes.count) }
        places[place].effects = []
        places[place].traces = []
        places[place].isAsked = false
    }

    package mutating func isVaried(_ place: Int) -> Bool {
        renew(place)
        return places[place].isVaried
    }

    package mutating func markVaried(_ place: Int) { places[place].isVaried = true }

    package func isOpaque(_ place: Int) -> Bool { places[place].generation == generation && places[place].isOpaque }

    package mutating func markOpaque(_ place: Int) {
        renew(place)
        places[place].isOpaque = true
    }

    package mutating func effect(at place: Int, _ part: WalkPart, factor: Float) -> WalkEffect? {
        renew(place)
        return places[place].effects.first { $0.factors.contains(factor) && $0.part == part }
    }

    package mutating func remember(_ effect: WalkEffect, at place: Int) {
        shiftCount += Int32(effect.shifts.count)
        places[place].effects.append(effect)
    }

    /// The walk from a place on that begins where another one is.
    package mutating func trace(at place: Int, next other: WalkTrace, factor: Float) -> WalkTrace? {
        renew(place)
        return places[place].traces.last { $0.isNext(of: other, factor: factor) }?.known
    }

    package mutating func remember(_ trace: WalkTrace, at place: Int) {
        // No more than there is room for; what is there must stay, because walks on the way are put together from it.
        if shiftCount > Self.room { return }
        shiftCount += Int32(2 * trace.nodes.count)
        places[place].traces.append(trace)
    }

    package mutating func remember(_ trace: WalkTrace, shape: WalkShapes.Shape) {
        if shiftCount > Self.room || shapes.areInVain { return }
        shiftCount += Int32(2 * trace.nodes.count + shape.count / 8)
        shapes.remember(trace, shape)
    }

    /// Whether the shape of the walk from a place may pay.
    package func mayHaveShape(_ place: Int) -> Bool { places[place].steps / 2 >= places[place].stepsInVain }

    /// Whether the walk from a place took many more steps than there are in its shape.
    package mutating func pays(_ shape: WalkShapes.Shape, at place: Int) -> Bool {
        if 8 * Int(places[place].steps / worthwhile) >= shape.count { return true }
        places[place].stepsInVain = places[place].steps
        return false
    }

    /// Whether it has to be said whose tables are asked by walks from a place.
    package mutating func begins(at place: Int) -> Bool {
        renew(place)
        if places[place].isAsked { return false }
        places[place].isAsked = true
        return true
    }

    /// Notes that the effects at a place contain what the resource of another place thinks of nodes, and all that follows from there.
    package mutating func use(_ other: Int, for place: Int) {
        renew(other)
        if places[other].users.last != Int32(place) { places[other].users.append(Int32(place)) }
    }

    /// Forgets the effects that contain what a place's resource thinks of nodes.
    package mutating func forgetUsers(of place: Int) {
        if !shapeStore.isEmpty { shapeStore[0].forgetKinds() }
        var waiting = [place]
        while let next = waiting.popLast() {
            guard places[next].generation == generation, !places[next].users.isEmpty else { continue }
            for user in places[next].users where places[Int(user)].isAsked && places[Int(user)].generation == generation {
                forget(Int(user))
                waiting.append(Int(user))
            }
            places[next].users = []
        }
    }
}
