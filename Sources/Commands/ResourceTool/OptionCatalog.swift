// SPDX-License-Identifier: GPL-2.0-or-later
// crm_resource --list-options: what can be set on primitives and on fencing resources.
import CIBModel
import ClusterXML
import Reports

enum OptionCatalog {
    static func list(_ kind: String, all: Bool, _ out: ToolOutput) throws {
        throw CommandFailure(.unimplemented, "\(calledAs): Error performing operation: \(ExitCode.unimplemented.text)")
    }
}
