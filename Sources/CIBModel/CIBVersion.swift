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

    /// Reads the counters of a `cib`, `source` or `target` element; missing or broken ones count as 0.
    package init(of element: XMLElement) {
        self.init(
            adminEpoch: element["admin_epoch"].flatMap { Int($0) } ?? 0,
            epoch: element["epoch"].flatMap { Int($0) } ?? 0,
            updates: element["num_updates"].flatMap { Int($0) } ?? 0)
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
