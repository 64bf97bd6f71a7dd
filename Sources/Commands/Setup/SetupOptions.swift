// SPDX-License-Identifier: GPL-2.0-or-later
// What every command takes that writes files for the system.
import ArgumentParser

struct SetupOptions: ParsableArguments {
    @Flag(help: "Say what would be done and do nothing.")
    var dryRun = false
    @Flag(help: "Replace files that are there already and are not links of ours.")
    var force = false

    init() {}

    /// - Parameter root: what stands for `/`, for packaging.
    func actions(root: String = "") -> SetupActions { SetupActions(root: root, dryRun: dryRun, force: force) }
}
