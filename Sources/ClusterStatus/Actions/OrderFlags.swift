// SPDX-License-Identifier: GPL-2.0-or-later
// What an ordering between two actions demands (spec 28.2; the effects are in 22.5).

@usableFromInline package struct OrderFlags: OptionSet, Hashable, Sendable {
    @usableFromInline package let rawValue: UInt32
    @inlinable package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Nothing but the sequence, if both happen.
    @inlinable package static var ordered: OrderFlags { OrderFlags(rawValue: 1 << 0) }
    @inlinable package static var ifFirstUnmigratable: OrderFlags { OrderFlags(rawValue: 1 << 1) }
    @inlinable package static var thenImpliesFirst: OrderFlags { OrderFlags(rawValue: 1 << 2) }
    @inlinable package static var firstImpliesThen: OrderFlags { OrderFlags(rawValue: 1 << 3) }
    @inlinable package static var promotedImpliesFirst: OrderFlags { OrderFlags(rawValue: 1 << 4) }
    @inlinable package static var unmigratableThenBlocks: OrderFlags { OrderFlags(rawValue: 1 << 5) }
    @inlinable package static var unrunnableFirstBlocks: OrderFlags { OrderFlags(rawValue: 1 << 6) }
    @inlinable package static var firstElseThen: OrderFlags { OrderFlags(rawValue: 1 << 7) }
    @inlinable package static var firstImpliesSameNodeThen: OrderFlags { OrderFlags(rawValue: 1 << 8) }
    @inlinable package static var nestedRemoteProbe: OrderFlags { OrderFlags(rawValue: 1 << 9) }
    @inlinable package static var intermediateStop: OrderFlags { OrderFlags(rawValue: 1 << 10) }
    /// Kind `Serialize`; has no effect of its own.
    @inlinable package static var serialize: OrderFlags { OrderFlags(rawValue: 1 << 11) }
    @inlinable package static var ifOnSameNode: OrderFlags { OrderFlags(rawValue: 1 << 12) }
    @inlinable package static var thenImpliesFirstGraphed: OrderFlags { OrderFlags(rawValue: 1 << 13) }
    @inlinable package static var firstImpliesThenGraphed: OrderFlags { OrderFlags(rawValue: 1 << 14) }
    @inlinable package static var asymmetric: OrderFlags { OrderFlags(rawValue: 1 << 15) }
    @inlinable package static var ifOnSameNodeOrTarget: OrderFlags { OrderFlags(rawValue: 1 << 16) }
    @inlinable package static var minRunnable: OrderFlags { OrderFlags(rawValue: 1 << 17) }
    @inlinable package static var ifRequiredOnSameNode: OrderFlags { OrderFlags(rawValue: 1 << 18) }
    @inlinable package static var guestAllowed: OrderFlags { OrderFlags(rawValue: 1 << 19) }
    @inlinable package static var thenCancelsFirst: OrderFlags { OrderFlags(rawValue: 1 << 20) }

    /// What the first action has to be may depend on the then action.
    @inlinable package static var demandingOfFirst: OrderFlags {
        [.thenImpliesFirst, .promotedImpliesFirst, .unmigratableThenBlocks, .intermediateStop, .asymmetric, .thenImpliesFirstGraphed,
         .minRunnable]
    }
}
