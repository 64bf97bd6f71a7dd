// SPDX-License-Identifier: GPL-2.0-or-later
// Where the agents of this host are. Daemons and tools ask here, so that they agree.
import CIBModel
import Glibc

enum AgentPlaces {
    /// `OCF_ROOT`, which agents find in their environment.
    static var ocfRoot: String { CIBSource.variable("OCF_ROOT") ?? "/usr/lib/ocf" }

    /// Folders that hold `PROVIDER/TYPE`, searched in order: those of `PCMK_ocf_ra_path`, else the one below the root.
    static var ocfFolders: [String] {
        guard let list = CIBSource.variable("PCMK_ocf_ra_path") else { return ["\(ocfRoot)/resource.d"] }
        return list.split(separator: ":").map(String.init)
    }

    /// Names of providers, sorted, each once.
    static var ocfProviders: [String] { sorted(ocfFolders.flatMap(Directory.names)) }

    /// Names of the programs of a provider, sorted, each once.
    static func ocfTypes(of provider: String) -> [String] {
        sorted(ocfFolders.flatMap { folder in
            Directory.names(in: "\(folder)/\(provider)").filter { isProgram("\(folder)/\(provider)/\($0)") }
        })
    }

    /// The program of an OCF agent; nil if there is none.
    static func ocfProgram(_ provider: String, _ type: String) -> String? {
        ocfFolders.map { "\($0)/\(provider)/\(type)" }.first(where: isProgram)
    }

    /// The only folder with fence agents, if `PCMK_fence_agent_directory` names one.
    static var ownFenceFolder: String? { CIBSource.variable("PCMK_fence_agent_directory") }

    /// Folders with fence agents, searched in order.
    static var fenceFolders: [String] { ownFenceFolder.map { [$0] } ?? ["/usr/sbin", "/sbin"] }

    static func isProgram(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0
    }

    private static func sorted(_ names: [String]) -> [String] {
        Array(Set(names)).filter { !$0.hasPrefix(".") }.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    }
}
