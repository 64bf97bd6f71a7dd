// SPDX-License-Identifier: GPL-2.0-or-later
// Looking before leaping: plan, diff, simulate, and the way back (history, revert).
import ClusterXML
import ConfigurationLanguage
import Glibc

struct ConfigurePlans {
    let session: CrmSession

    init(_ session: CrmSession) { self.session = session }

    func perform(_ name: String, _ arguments: [String], _ configuration: Configuration) {
        session.report(.error("configure.\(name): not available yet"))
    }

    func commit(_ arguments: [String], isForced: Bool) {
        session.report(.error("configure.commit: unknown argument \(arguments.joined(separator: " "))"))
    }
}
