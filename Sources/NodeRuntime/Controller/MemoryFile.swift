// SPDX-License-Identifier: GPL-2.0-or-later
// The node's `ClusterMemory` on disk, in a file of its own: it must not wait for a large configuration.
package import ClusterXML
import Glibc
package import NodeCore
import Synchronization

/// Writes memories one after the other, from any thread.
package final class MemoryFile: Sendable {
    private let store: CIBStore
    /// The number of the last one that was written.
    private let last = Mutex(0)

    private var path: String { store.directory + "/cib.memory" }

    /// - Parameter store: whose directory the file is in.
    package init(_ store: CIBStore) {
        self.store = store
    }

    /// Writes a memory, whole or not at all, and returns once it would survive a loss of power.
    /// - Parameter number: counts memories; an older one than the last that was written is left out.
    package func write(_ number: Int, _ memory: ClusterMemory) throws(CIBStore.Failure) {
        let failure: CIBStore.Failure? = last.withLock { last in
            guard number > last else { return nil }
            do throws(CIBStore.Failure) {
                try store.put(memory.xml.serializedBytes(.indented), to: path + ".new")
                guard rename(path + ".new", path) == 0 else { throw store.failure("replace", path) }
                try store.synchronizeDirectory()
                last = number
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// What an earlier process wrote; nil if there is nothing. Damage shows as an element of another kind.
    package func read() -> XMLElement? {
        guard let bytes = FileContent.read(path, limit: 16 << 20) else { return nil }
        return (try? XMLParser.parse(bytes)) ?? XMLElement("damaged")
    }
}
