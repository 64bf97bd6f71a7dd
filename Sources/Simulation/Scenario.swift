// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration that simulated clusters run.
import ClusterXML

/// What kind of resource a simulated cluster has besides plain ones.
package enum Speciality: Int, Sendable, CaseIterable {
    case none, group, clone, promotable, migration, colocation
}

/// A resource as the checkers see it.
struct SimulatedResource {
    let name: String
    /// May run on every host at once, as the instances of a clone do.
    let isCloned: Bool
    let isPromotable: Bool
    /// The name that constraints use.
    let constrainedAs: String
}

enum Scenario {
    static let host = "cent7-host"

    static func resources(_ settings: World.Settings) -> [SimulatedResource] {
        var found = (1...max(1, settings.resources)).map {
            SimulatedResource(name: "dummy\($0)", isCloned: false, isPromotable: false, constrainedAs: "dummy\($0)")
        }
        switch settings.speciality {
        case .group:
            found += ["first", "second"].map { SimulatedResource(name: $0, isCloned: false, isPromotable: false, constrainedAs: "both") }
        case .clone: found.append(SimulatedResource(name: "every", isCloned: true, isPromotable: false, constrainedAs: "everywhere"))
        case .promotable: found.append(SimulatedResource(name: "data", isCloned: true, isPromotable: true, constrainedAs: "databases"))
        case .none, .migration, .colocation: break
        }
        return found
    }

    /// Remote nodes, resources, and, if wanted, a fence device.
    static func configuration(_ settings: World.Settings) -> XMLElement {
        var resources = XMLElement("resources")
        for number in 1...settings.remotes { resources.children.append(connection("remote\(number)")) }
        for number in 1...max(1, settings.resources) {
            resources.children.append(dummy("dummy\(number)", migrates: settings.speciality == .migration))
        }
        switch settings.speciality {
        case .group: resources.children.append(XMLElement("group", [("id", "both")], children: [dummy("first"), dummy("second")]))
        case .clone: resources.children.append(XMLElement("clone", [("id", "everywhere")], children: [dummy("every")]))
        case .promotable:
            let meta = pairs("meta_attributes", "databases-meta", [("promotable", "true")])
            resources.children.append(XMLElement("clone", [("id", "databases")], children: [meta, stateful("data")]))
        case .none, .migration, .colocation: break
        }
        if settings.hasFencing { resources.children.append(fenceDevice(settings)) }
        let options = [
            ("no-quorum-policy", "ignore"), ("stonith-enabled", settings.hasFencing ? "true" : "false"),
            ("startup-fencing", "false"), ("cluster-recheck-interval", "60s"), ("stonith-timeout", "60s"),
        ]
        let configuration = XMLElement("configuration", children: [
            XMLElement("crm_config", children: [pairs("cluster_property_set", "options", options)]),
            XMLElement("nodes", children: [XMLElement("node", [("id", "1"), ("uname", host)])]),
            resources, constraints(settings),
            // Failures are forgotten, so that a cluster without faults can always come to run everything.
            XMLElement("rsc_defaults", children: [pairs("meta_attributes", "defaults", [("failure-timeout", "60s")])]),
        ])
        return XMLElement("cib", [
            ("crm_feature_set", "3.16.1"), ("validate-with", "pacemaker-3.9"), ("epoch", "1"), ("num_updates", "0"), ("admin_epoch", "0"),
        ], children: [configuration])
    }

    private static func constraints(_ settings: World.Settings) -> XMLElement {
        var constraints = XMLElement("constraints")
        if !settings.usesClusterHost {
            var seen: [String] = []
            for resource in Self.resources(settings).map(\.constrainedAs) where !seen.contains(resource) {
                seen.append(resource)
                constraints.children.append(XMLElement("rsc_location", [
                    ("id", "not-on-host-\(resource)"), ("rsc", resource), ("node", host), ("score", "-INFINITY"),
                ]))
            }
        }
        if settings.speciality == .colocation, settings.resources > 1 {
            constraints.children.append(XMLElement("rsc_colocation", [
                ("id", "apart"), ("rsc", "dummy2"), ("with-rsc", "dummy1"), ("score", "-100"),
            ]))
            constraints.children.append(XMLElement("rsc_order", [
                ("id", "in-order"), ("first", "dummy1"), ("then", "dummy2"), ("kind", "Mandatory"),
            ]))
        }
        return constraints
    }

    static func pairs(_ element: String, _ id: String, _ values: [(String, String)]) -> XMLElement {
        XMLElement(element, [("id", id)], children: values.map { name, value in
            XMLElement("nvpair", [("id", "\(id)-\(name)"), ("name", name), ("value", value)])
        })
    }

    private static func operation(
        _ resource: String, _ name: String, _ interval: String, _ timeout: String, role: String? = nil
    ) -> XMLElement {
        var element = XMLElement("op", [("id", "\(resource)-\(name)-\(interval)"), ("name", name), ("interval", interval), ("timeout", timeout)])
        element["role"] = role
        return element
    }

    private static func connection(_ name: String) -> XMLElement {
        XMLElement("primitive", [("id", name), ("class", "ocf"), ("provider", "pacemaker"), ("type", "remote")], children: [
            pairs("instance_attributes", "\(name)-params", [("server", name), ("reconnect_interval", "10s")]),
            XMLElement("operations", children: [operation(name, "monitor", "3s", "15s"), operation(name, "start", "0s", "30s")]),
        ])
    }

    private static func dummy(_ name: String, migrates: Bool = false) -> XMLElement {
        var children = [pairs("instance_attributes", "\(name)-params", [("fake", "1")])]
        if migrates { children.append(pairs("meta_attributes", "\(name)-meta", [("allow-migrate", "true")])) }
        children.append(XMLElement("operations", children: [
            operation(name, "start", "0s", "20s"), operation(name, "stop", "0s", "20s"), operation(name, "monitor", "10s", "20s"),
        ]))
        return XMLElement("primitive", [("id", name), ("class", "ocf"), ("provider", "heartbeat"), ("type", "Dummy")], children: children)
    }

    private static func stateful(_ name: String) -> XMLElement {
        XMLElement("primitive", [("id", name), ("class", "ocf"), ("provider", "pacemaker"), ("type", "Stateful")], children: [
            XMLElement("operations", children: [
                operation(name, "start", "0s", "20s"), operation(name, "stop", "0s", "20s"), operation(name, "promote", "0s", "20s"),
                operation(name, "demote", "0s", "20s"), operation(name, "monitor", "10s", "20s"),
                operation(name, "monitor", "11s", "20s", role: "Promoted"),
            ]),
        ])
    }

    private static func fenceDevice(_ settings: World.Settings) -> XMLElement {
        let names = (1...settings.remotes).map { "remote\($0)" }.joined(separator: " ")
        return XMLElement("primitive", [("id", "fence"), ("class", "stonith"), ("type", "fence_sim")], children: [
            pairs("instance_attributes", "fence-params", [("pcmk_host_list", names), ("pcmk_host_check", "static-list")]),
        ])
    }

    /// What every simulated agent says of itself.
    static let agentMetaData = """
        <resource-agent name="Dummy"><version>1.0</version><parameters><parameter name="fake" unique="0"><content type="string"/></parameter>\
        </parameters><actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>\
        <action name="monitor" timeout="20s" interval="10s"/><action name="meta-data" timeout="5s"/></actions></resource-agent>
        """
}
