// SPDX-License-Identifier: GPL-2.0-or-later
// Stands in until orderings are unpacked; goes away with Orderings/.

import ClusterStatus
import ClusterXML

extension ClusterState {
    mutating func unpackOrdering(_ element: XMLElement) {}
}
