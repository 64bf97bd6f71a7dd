// SPDX-License-Identifier: GPL-2.0-or-later
// The version of a CIB: three counters compared in order.
package import ClusterXML

/// `admin_epoch.epoch.num_updates` of a CIB.
package struct CIBVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package var adminEpoch: Int
    package var epoch: Int
    package var updates: Int

    package init(adminEpoch: Int = 0, epoch: Int = 0, updates: Int = 0) {
        self.adminEpoch = adminEpoch
        self.epoch = epoch
        self.updates = updates
    }

    /// Reads the counters of a `cib`, `source` or `target` element; missing or broken ones count as 0, and none is so large that
    /// counting on from it could fail.
    package init(of element: XMLElement) {
        func counter(_ name: String) -> Int { min(element[name].flatMap { Int($0) } ?? 0, 1 << 62) }
        self.init(adminEpoch: counter("admin_epoch"), epoch: counter("epoch"), updates: counter("num_updates"))
    }

    /// Writes the counters into an element.
    package func store(in element: inout XMLElement) {
        element["admin_epoch"] = String(adminEpoch)
        element["epoch"] = String(epoch)
        element["num_updates"] = String(updates)
    }

    package static func < (left: CIBVersion, right: CIBVersion) -> Bool {
        (left.adminEpoch, left.epoch, left.updates) < (right.adminEpoch, right.epoch, right.updates)
    }

    package var description: String { "\(adminEpoch).\(epoch).\(updates)" }
}
