// SPDX-License-Identifier: GPL-2.0-or-later
// The little of the status that a controller must still know after a crash. The status of a single cluster host dies with its process
// and is found again by probing, but no probe tells what a migration that is under way will do.
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

/// What is kept on disk beside the configuration. It is written before a migration and after: rarely.
package struct ClusterMemory: Sendable, Equatable {
    package var migrations: [UnresolvedMigration] = []

    package init() {}

    package var xml: XMLElement {
        XMLElement("cluster-memory", children: migrations.map {
            XMLElement("migration", [("rsc", $0.resource), ("from", $0.source), ("to", $0.target)])
        })
    }

    /// Reads what `xml` wrote; nil if it is something else.
    package init?(_ element: XMLElement) {
        guard element.name == "cluster-memory" else { return nil }
        migrations = element.elements("migration").compactMap {
            guard let resource = $0["rsc"], let source = $0["from"], let target = $0["to"] else { return nil }
            return UnresolvedMigration(resource: resource, source: source, target: target)
        }
    }
}
