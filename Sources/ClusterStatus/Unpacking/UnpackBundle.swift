// SPDX-License-Identifier: GPL-2.0-or-later
// Bundles: the resources and nodes they imply (scheduler spec 7.6).

import CIBModel
import ClusterXML

extension ClusterState {
    mutating func unpackBundle(_ index: ResourceIndex) -> Bool {
        let element = resources[index].xml
        guard var settings = BundleSettings(element) else {
            error("Ignoring bundle '\(resources[index].id)' because it has no known container")
            return false
        }
        if settings.isLimited { error("Limiting bundle '\(settings.id)' to \(BundleSettings.replicaLimit) replicas") }
        let primitive = element.first("primitive")
        if primitive != nil, !settings.hasNetwork {
            error("Cannot control \(primitive?.id ?? "") inside \(settings.id) without either ip-range-start or control-port")
            return false
        }
        var record = BundleRecord(
            engine: settings.engine, image: settings.image, promotedMaximum: settings.promotedMaximum,
            replicaCount: settings.replicas, replicasPerHost: settings.replicasPerHost)
        record.ipRangeStart = settings.ipRangeStart
        record.controlPort = settings.controlPort
        var children: ContiguousArray<ResourceIndex?> = []
        if let primitive {
            if settings.controlPort != nil, settings.ipRangeStart == nil, settings.replicasPerHost > 1 {
                // Controllers of replicas that share a host would share its port. Without a primitive nothing listens there.
                warn("Using replicas-per-host of 1 for \(settings.id) because it has a control-port but no ip-range-start")
                settings.replicasPerHost = 1
                record.replicasPerHost = 1  // it stays unique all the same
            }
            guard let clone = unpackResource(settings.cloneElement(primitive), parent: index) else { return false }
            record.clone = clone
            settings.addImplicitMounts()
            children = ContiguousArray(resources[clone].children.map { $0 })
            for child in resources[clone].children {
                setFlags(.exclusiveProbes, on: child)
                if resources[child].has(.notify) { resources[clone].flags.insert(.notify) }
            }
            copyAttributeTarget(children.last ?? nil, to: [index, clone])
        } else {
            children = ContiguousArray(repeating: nil, count: Int(settings.replicas))
        }
        if record.isUnique { resources[index].flags.insert(.unique) } else { resources[index].flags.remove(.unique) }
        let addresses = replicaAddresses(settings, children.count)
        var hostOptions = ""
        for (number, address) in addresses.enumerated() {
            if let address { hostOptions += settings.hostOption(Int32(number), address) }
        }
        let position = bundles.count
        resources[index].bundleRecord = Int32(clamping: position)
        bundles.append(record)
        for (number, child) in children.enumerated() {
            guard
                let replica = unpackReplica(
                    index, Int32(number), child, settings, address: addresses[number], hostOptions: hostOptions)
            else {
                error("Failed unpacking resource \(settings.id)")
                return false
            }
            bundles[position].replicas.append(replica)
        }
        if let clone = record.clone { resources[index].children.append(clone) }
        return true
    }

    private func replicaAddresses(_ settings: BundleSettings, _ count: Int) -> [String?] {
        guard var address = settings.ipRangeStart else { return Array(repeating: nil, count: count) }
        var result: [String?] = []
        for _ in 0..<count {
            result.append(address)
            address = BundleSettings.nextAddress(address)
        }
        return result
    }

    private mutating func copyAttributeTarget(_ child: ResourceIndex?, to targets: [ResourceIndex]) {
        guard let child, let target = resources[child].meta["container-attribute-target"] else { return }
        for resource in targets {
            resources[resource].meta["container-attribute-target"] = target
            if target == "host" { resources[resource].flags.insert(.attributesFromHost) }
        }
    }

    private mutating func unpackReplica(
        _ bundle: ResourceIndex, _ number: Int32, _ child: ResourceIndex?, _ settings: BundleSettings, address: String?,
        hostOptions: String
    ) -> BundleReplica? {
        let element = settings.containerElement(
            number, address: address, hasPrimitive: child != nil, hostOptions: hostOptions)
        guard let container = unpackResource(element, parent: bundle) else { return nil }
        resources[container].flags.insert(.replicaContainer)
        resources[bundle].children.append(container)
        var replica = BundleReplica(number: number, container: container)
        replica.ipAddress = address
        replica.child = child
        if let address {
            guard let ip = unpackResource(settings.addressElement(address), parent: bundle) else { return nil }
            resources[bundle].children.append(ip)
            replica.ip = ip
        }
        if let child {
            guard let connection = addConnection(bundle, child, &replica, settings) else { return nil }
            resources[bundle].children.append(connection)
            replica.connection = connection
            if let address { resources[child].meta["external-ip"] = address }
            resources[container].utilization = resources[child].utilization
            resources[child].utilization = NameValueTable()
        }
        return replica
    }

    /// Creates the connection of a replica and its bundle node.
    private mutating func addConnection(
        _ bundle: ResourceIndex, _ child: ResourceIndex, _ replica: inout BundleReplica, _ settings: BundleSettings
    ) -> ResourceIndex? {
        var id = BundleSettings.sanitized("\(settings.id)-\(replica.number)")
        if findResource(id) != nil { id = "pcmk-internal-\(resources[child].id)-remote-\(replica.number)" }
        let element = GuestConnection.connection(
            id, container: resources[replica.container].id, allowMigrate: nil, isManaged: nil, startTimeout: nil,
            address: replica.ipAddress ?? "#uname", port: settings.controlPort ?? BundleSettings.defaultPort)
        let node: NodeIndex
        if let existing = self.node(named: id) {
            node = existing
            nodes[node].baseScore = .minusInfinity
        } else {
            node = createNode(id: id, name: id, type: .remote, baseScore: .minusInfinity)
        }
        nodes[node].probe = .never
        defaultTable = nil
        for resource in topLevel { banBundleNode(node, resource) }
        replica.node = node
        var table = NodeTable()
        table[node] = NodeEntry(score: Score(500), probe: .exclusive)
        resources[child].nodes = table
        if let clone = resources[child].parent {
            resources[clone].nodes[node] = NodeEntry(score: .minusInfinity, probe: .exclusive)
        }
        guard let connection = unpackResource(element, parent: bundle) else { return nil }
        for candidate in nodes.indices where nodes[candidate].type == .remote {
            let other = NodeIndex(candidate)
            if resources[connection].nodes.contains(other) { resources[connection].nodes[other].score = .minusInfinity }
        }
        resources[connection].flags.insert(.nestingAllowed)
        if replica.ipAddress == nil { resources[connection].flags.insert(.addressIsHostName) }
        nodes[node].connection = connection
        resources[connection].remoteNode = node
        resources[connection].launcher = replica.container
        nodes[node].attributes["#kind"] = "container"
        return connection
    }

    /// A node made for a bundle is no place for resources that listed it before [Q3].
    private mutating func banBundleNode(_ node: NodeIndex, _ resource: ResourceIndex) {
        if resources[resource].nodes.contains(node) {
            resources[resource].nodes[node].score = .minusInfinity
            resources[resource].nodes[node].probe = .never
        }
        for child in resources[resource].children { banBundleNode(node, child) }
    }
}
