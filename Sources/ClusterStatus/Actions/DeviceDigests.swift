// SPDX-License-Identifier: GPL-2.0-or-later
// Noticing that a fence device has changed since it unfenced a node (scheduler spec 21.2).

extension ClusterState {
    mutating func addDeviceDigests(_ action: ActionIndex, _ node: NodeIndex) {}
}
