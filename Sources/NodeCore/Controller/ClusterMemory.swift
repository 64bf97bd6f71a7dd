// SPDX-License-Identifier: GPL-2.0-or-later
// The little of the status that a controller must still know after a crash, when nobody else has kept it. With several cluster hosts
// the survivors know it; the status of a single one dies with its process.
package import ClusterXML

/// A migration that was ordered and whose outcome is not known. Its agent may still move the resource at any time.
package struct UnresolvedMigration: Sendable, Equatable {
    package var resource: String
    /// Where the agent works.
    package var source: String
    package var target: String

    package init(resource: String, source: String, target: String) {
        self.resource = resource
        self.source = source
        self.target = target
    }
}

/// What is kept on disk beside the configuration. It is written when a remote node comes or goes and around migrations: rarely.
package struct ClusterMemory: Sendable, Equatable {
    /// Remote nodes that may run resources: they were up, and have neither been left in order nor fenced since.
    package var remotes: [String] = []
    package var migrations: [UnresolvedMigration] = []

    package init() {}

    package var xml: XMLElement {
        XMLElement("cluster-memory", children: remotes.map { XMLElement("remote", [("id", $0)]) } + migrations.map {
            XMLElement("migration", [("rsc", $0.resource), ("from", $0.source), ("to", $0.target)])
        })
    }

    /// Reads what `xml` wrote; nil if it is something else.
    package init?(_ element: XMLElement) {
        guard element.name == "cluster-memory" else { return nil }
        remotes = element.elements("remote").compactMap { $0["id"] }
        migrations = element.elements("migration").compactMap {
            guard let resource = $0["rsc"], let source = $0["from"], let target = $0["to"] else { return nil }
            return UnresolvedMigration(resource: resource, source: source, target: target)
        }
    }
}
