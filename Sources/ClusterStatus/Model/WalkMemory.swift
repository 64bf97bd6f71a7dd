// SPDX-License-Identifier: GPL-2.0-or-later
// What walks along colocations add up to, remembered: long chains, groups and layers are walked from each of their resources, and
// in layers there are more ways than anyone can walk.

package import CIBModel

/// What a stretch of a walk does to the score of one node, whatever the score was: up to `low` it becomes -INFINITY, from `high`
/// on INFINITY, and between them it is shifted. Two stretches one after the other are such a function again.
package struct ScoreShift: Sendable, Equatable {
    /// What happens on the way.
    package struct Kinds: OptionSet, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let gain = Kinds(rawValue: 1)
        package static let loss = Kinds(rawValue: 2)
        /// A loss of INFINITY.
        package static let ban = Kinds(rawValue: 4)
    }

    private var low = -limit
    private var high = limit
    private var shift: Int32 = 0
    /// The least score that is not negative at any time on the way.
    private var floor: Int32 = 0
    package private(set) var kinds: Kinds = []

    private static let limit = Score.infinity.value

    /// Nothing happens.
    package init() {}

    /// One addition.
    package init(adding delta: Score) {
        let value = delta.value
        if value <= -Self.limit {
            (low, floor, kinds) = (Self.limit, Self.limit + 1, .ban)
        } else if value >= Self.limit {
            (high, floor, kinds) = (1 - Self.limit, 1 - Self.limit, .gain)
        } else {
            low = max(-Self.limit, -Self.limit - value)
            high = min(Self.limit, Self.limit - value)
            shift = value
            kinds = value > 0 ? .gain : value < 0 ? .loss : []
            floor = least(for: 0)
        }
    }

    /// The score that comes of another one.
    package func callAsFunction(_ score: Score) -> Score {
        score.value <= low ? .minusInfinity : score.value >= high ? .infinity : Score(Int(score.value) + Int(shift))
    }

    /// Whether a score is never negative: not before, not on the way and not in the end.
    package func keepsUsable(_ score: Score) -> Bool { score.value >= max(floor, 0) }

    /// The least score that becomes `wanted` or more; more than INFINITY if none does.
    private func least(for wanted: Int32) -> Int32 {
        if low >= Self.limit || wanted > Self.limit { return Self.limit + 1 }
        return min(max(wanted - shift, low + 1), high)
    }

    /// This stretch, then the next one.
    package mutating func append(_ next: ScoreShift) {
        kinds.formUnion(next.kinds)
        floor = max(floor, least(for: next.floor))
        (low, high) = (least(for: next.low + 1) - 1, least(for: next.high))
        // Where nothing is just shifted, a sum of shifts could grow beyond all limits.
        shift = low + 1 < high ? shift + next.shift : 0
    }
}

/// What a walk from one resource on does to the scores of all nodes.
package struct WalkEffect: Sendable {
    /// What the steps from the resource weigh.
    package var factor: Float
    /// By node.
    package var shifts: ContiguousArray<ScoreShift>

    package init(factor: Float, nodeCount: Int) {
        self.factor = factor
        shifts = ContiguousArray(repeating: ScoreShift(), count: nodeCount)
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
        /// The walk depends on where it comes from: it leads back to where it was, or asks what changes with a place.
        var isVaried = false
        var effects: ContiguousArray<WalkEffect> = []
        /// The places whose effects contain what this place's resource thinks of nodes.
        var users: ContiguousArray<Int32> = []
    }

    /// Steps of all walks so far.
    package var steps = 0
    /// How many steps make a walk worth to be remembered: a shorter one is quicker. Makes no difference to any score.
    package var worthwhile = 16
    private var places: ContiguousArray<Place> = []
    private var generation: UInt32 = 1
    private var listEpoch: UInt32 = 0
    private var shiftCount = 0

    /// How many shifts are kept at most: 40 MB.
    private static let room = 2_000_000

    package init() {}

    package var isEmpty: Bool { places.isEmpty }

    /// Whether a walk is one of those that are remembered.
    @inline(__always)
    package func isLong(_ place: Int) -> Bool { !places.isEmpty && places[place].steps > 0 }

    /// Whether a walk takes so many steps that no explanation could name them all.
    package func isEndless(_ place: Int) -> Bool { places[place].steps > 1000 }

    /// Notes how many steps a walk took.
    @inline(__always)
    package mutating func note(_ taken: Int, at place: Int, of count: Int) {
        if taken >= worthwhile { markLong(place, taken, of: count) }
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
        }
        if listEpoch != epoch {
            listEpoch = epoch
            generation &+= 1
        }
    }

    /// Forgets everything: a node became available, or is no longer.
    package mutating func forgetAll() { generation &+= 1 }

    private mutating func renew(_ place: Int) {
        guard places[place].generation != generation else { return }
        for effect in places[place].effects { shiftCount -= effect.shifts.count }
        places[place] = Place(generation: generation, steps: places[place].steps)
    }

    package mutating func isVaried(_ place: Int) -> Bool {
        renew(place)
        return places[place].isVaried
    }

    package mutating func markVaried(_ place: Int) { places[place].isVaried = true }

    package mutating func effect(at place: Int, factor: Float) -> WalkEffect? {
        renew(place)
        return places[place].effects.first { $0.factor == factor }
    }

    package mutating func remember(_ effect: WalkEffect, at place: Int) {
        shiftCount += effect.shifts.count
        places[place].effects.append(effect)
    }

    /// Notes that the effects at a place contain what the resource of another place thinks of nodes, and all that follows from there.
    package mutating func use(_ other: Int, for place: Int) {
        renew(other)
        if places[other].users.last != Int32(place) { places[other].users.append(Int32(place)) }
    }

    /// Forgets the effects that contain what a place's resource thinks of nodes.
    package mutating func forgetUsers(of place: Int) {
        var waiting = [place]
        while let next = waiting.popLast() {
            guard places[next].generation == generation, !places[next].users.isEmpty else { continue }
            for user in places[next].users where !places[Int(user)].effects.isEmpty && places[Int(user)].generation == generation {
                for effect in places[Int(user)].effects { shiftCount -= effect.shifts.count }
                places[Int(user)].effects = []
                waiting.append(Int(user))
            }
            places[next].users = []
        }
    }
}
