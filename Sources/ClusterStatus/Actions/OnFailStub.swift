// SPDX-License-Identifier: GPL-2.0-or-later
// Placeholders until operation meta-attributes and digests are there (scheduler spec 8.5, 14.3).

package import CIBModel

/// How recorded digests compare with those of the present configuration (14.3).
package enum DigestVerdict: Sendable { case match, mismatch, restart, unknown }

extension ClusterState {
    package mutating func digestVerdict(
        of operation: OperationReference, resource: ResourceIndex, node: NodeIndex
    ) -> DigestVerdict { .unknown }

    package mutating func onFail(
        of resource: ResourceIndex, task: TaskName, interval: UInt32, node: NodeIndex
    ) -> (OnFail, failRole: ResourceRole) { (.restart, task == .promote ? .unpromoted : .started) }
}
