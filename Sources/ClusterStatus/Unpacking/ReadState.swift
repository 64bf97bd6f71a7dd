// SPDX-License-Identifier: GPL-2.0-or-later
// Phase 1 of a scheduler run, top to bottom: a CIB and the time become a ClusterState (scheduler spec section 2).

package import CIBModel
package import ClusterXML

extension ClusterState {
    /// Reads a CIB of the newest schema.
    /// - Parameters:
    ///   - cib: the `cib` element; missing sections count as empty.
    ///   - now: the effective time.
    ///   - isSimulation: whether somebody looks at the file: secure digests count then.
    package init(reading cib: XMLElement, at now: Timestamp, isSimulation: Bool = false) {
        let bounded = min(max(now.epoch, -Scan.epochBound), Scan.epochBound)
        self.init(empty: cib, now: Timestamp(epoch: bounded, offset: now.offset))
        self.isSimulation = isSimulation
        let configuration = cib.first("configuration") ?? XMLElement("configuration")
        references = ReferenceIndex(configuration)
        haveQuorum = Scan.isTrue(cib["have-quorum"])
        noQuorumPanic = (cib["no-quorum-panic"].flatMap(Scan.integer) ?? 0) != 0
        readDefaults(configuration)
        unpackOptions(configuration.first("crm_config"))
        let resourcesElement = configuration.first("resources") ?? XMLElement("resources")
        unpackNodes(configuration.first("nodes"))
        let guests = unpackRemoteNodes(resourcesElement)
        unpackResources(resourcesElement, guests: guests)
        unpackTags(configuration.first("tags"))
        unpackStatus(cib.first("status") ?? XMLElement("status"))
        countInstances()
        for node in nodeOrder { nodes[node].health = shownHealth(node) }
    }

    private mutating func readDefaults(_ configuration: XMLElement) {
        if let defaults = configuration.first("op_defaults") { operationDefaults = blocks("meta_attributes", in: defaults) }
        if let defaults = configuration.first("rsc_defaults") { resourceDefaults = blocks("meta_attributes", in: defaults) }
        let resources = configuration.first("resources")
        func literal(_ section: XMLElement?) -> Bool {
            (section?.elements("meta_attributes") ?? XMLElement("none").elements("meta_attributes")).contains { block in
                block.elements("nvpair").contains { pair in
                    (pair["name"] == "provides" || pair["name"] == "requires") && pair["value"] == "unfencing"
                }
            }
        }
        unfencingEnabled = Self.hasUnfencing(resources) || literal(configuration.first("rsc_defaults"))
    }

    /// Whether some meta-attribute of a resource, written literally, asks for unfencing [Q1].
    private static func hasUnfencing(_ element: XMLElement?) -> Bool {
        guard let element else { return false }
        for child in element.children {
            if child.name == "meta_attributes" {
                for pair in child.elements("nvpair")
                where (pair["name"] == "provides" || pair["name"] == "requires") && pair["value"] == "unfencing" {
                    return true
                }
            } else if child.name != "operations", child.isElement, hasUnfencing(child) {
                return true
            }
        }
        return false
    }

    /// The blocks of a kind under an element, references resolved, in evaluation order.
    package func blocks(_ name: String, in parent: XMLElement, first: String? = nil) -> ContiguousArray<NameValueBlock> {
        Self.blocks(name, in: parent, first: first, now: now, references)
    }

    // Static, because a closure that looks at one member of the state would take a copy of all of it.
    private static func blocks(
        _ name: String, in parent: XMLElement, first: String?, now: Timestamp, _ references: ReferenceIndex
    ) -> ContiguousArray<NameValueBlock> {
        for child in parent.children where child.name == name {
            return NameValueBlock.read(name, in: parent, first: first, now: now) { references.find($0, $1) }
        }
        return []
    }

    /// Lowers the recheck time to an epoch second in the future.
    package mutating func recheck(at epoch: Int64) {
        if epoch > now.epoch { recheckBy = min(recheckBy ?? epoch, epoch) }
    }

    /// Evaluates blocks into a table; rules may lower the recheck time.
    package mutating func evaluate(_ blocks: ContiguousArray<NameValueBlock>, _ input: RuleInput, into table: inout NameValueTable) {
        blocks.evaluate(input, into: &table, recheck: &recheckBy)
    }
}
