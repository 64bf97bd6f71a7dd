// SPDX-License-Identifier: GPL-2.0-or-later
// What an ordering between two actions demands (spec 28.2; the effects are in 22.5).

package struct OrderFlags: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nothing but the sequence, if both happen.
    package static let ordered = OrderFlags(rawValue: 1 << 0)
    package static let ifFirstUnmigratable = OrderFlags(rawValue: 1 << 1)
    package static let thenImpliesFirst = OrderFlags(rawValue: 1 << 2)
    package static let firstImpliesThen = OrderFlags(rawValue: 1 << 3)
    package static let promotedImpliesFirst = OrderFlags(rawValue: 1 << 4)
    package static let unmigratableThenBlocks = OrderFlags(rawValue: 1 << 5)
    package static let unrunnableFirstBlocks = OrderFlags(rawValue: 1 << 6)
    package static let firstElseThen = OrderFlags(rawValue: 1 << 7)
    package static let firstImpliesSameNodeThen = OrderFlags(rawValue: 1 << 8)
    package static let nestedRemoteProbe = OrderFlags(rawValue: 1 << 9)
    package static let intermediateStop = OrderFlags(rawValue: 1 << 10)
    /// Kind `Serialize`; has no effect of its own.
    package static let serialize = OrderFlags(rawValue: 1 << 11)
    package static let ifOnSameNode = OrderFlags(rawValue: 1 << 12)
    package static let thenImpliesFirstGraphed = OrderFlags(rawValue: 1 << 13)
    package static let firstImpliesThenGraphed = OrderFlags(rawValue: 1 << 14)
    package static let asymmetric = OrderFlags(rawValue: 1 << 15)
    package static let ifOnSameNodeOrTarget = OrderFlags(rawValue: 1 << 16)
    package static let minRunnable = OrderFlags(rawValue: 1 << 17)
    package static let ifRequiredOnSameNode = OrderFlags(rawValue: 1 << 18)
    package static let guestAllowed = OrderFlags(rawValue: 1 << 19)
    package static let thenCancelsFirst = OrderFlags(rawValue: 1 << 20)
}
