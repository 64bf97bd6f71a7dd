// SPDX-License-Identifier: GPL-2.0-or-later
// Which resources run, so that none is deleted under a running service by accident.
import CIBModel
import ClusterStatus
import ClusterXML
import ConfigurationLanguage
import Glibc

enum RunningResources {
    /// Ids of resources that are active somewhere, with the containers around them. In files nothing counts as running.
    static func names(in configuration: Configuration, _ store: CIBStore) -> Set<String> {
        guard case .live = store.place, let cib = try? CIBUpgrade.upgradedInMemory(configuration.original) else { return [] }
        let state = ClusterState(reading: cib, at: Timestamp(epoch: Int64(time(nil))))
        var result = Set<String>()
        for resource in state.resources where !resource.activeNodes.isEmpty {
            result.insert(resource.xmlID)
            var parent = configuration[resource.xmlID]?.parent
            while let name = parent {
                result.insert(name)
                parent = configuration[name]?.parent
            }
        }
        return result
    }
}
