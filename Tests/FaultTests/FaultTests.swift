// SPDX-License-Identifier: GPL-2.0-or-later
// The suites with real daemons on loopback addresses, one after the other: two clusters at once would disturb each other.
import Foundation
import Testing

@Suite(.serialized, .enabled(if: refusal == nil, "\(refusal ?? "")"))
enum FaultTests {}

/// Why no daemon can be started here, or nil.
private let refusal: String? = {
    if ProcessInfo.processInfo.environment["CLUSTERCTL_LAB"] == nil {
        return "set CLUSTERCTL_LAB (to ours or all) to run real daemons"
    }
    return FileManager.default.isExecutableFile(atPath: DaemonCluster.program) ? nil : "\(DaemonCluster.program) has not been built"
}()
