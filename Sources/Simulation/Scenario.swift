// SPDX-License-Identifier: GPL-2.0-or-later
// The configuration that simulated clusters run.
import ClusterXML

enum Scenario {
    /// Remote nodes, resources that run on remote nodes only, and, if wanted, a fence device.
    static func configuration(_ settings: World.Settings) -> XMLElement {
        var resources = XMLElement("resources")
        for number in 1...settings.remotes { resources.children.append(connection("remote\(number)")) }
        for number in 1...max(1, settings.resources) { resources.children.append(dummy("dummy\(number)")) }
        if settings.hasFencing { resources.children.append(fenceDevice(settings)) }
        let options = [
            ("no-quorum-policy", "ignore"), ("stonith-enabled", settings.hasFencing ? "true" : "false"),
            ("startup-fencing", "false"), ("cluster-recheck-interval", "60s"), ("stonith-timeout", "60s"),
        ]
        var constraints = XMLElement("constraints")
        for number in 1...max(1, settings.resources) {
            constraints.children.append(XMLElement("rsc_location", [
                ("id", "not-on-host-\(number)"), ("rsc", "dummy\(number)"), ("node", "cent7-host"), ("score", "-INFINITY"),
            ]))
        }
        let configuration = XMLElement("configuration", children: [
            XMLElement("crm_config", children: [pairs("cluster_property_set", "options", options)]),
            XMLElement("nodes", children: [XMLElement("node", [("id", "1"), ("uname", "cent7-host")])]),
            resources, constraints,
            // Failures are forgotten, so that a cluster without faults can always come to run everything.
            XMLElement("rsc_defaults", children: [pairs("meta_attributes", "defaults", [("failure-timeout", "60s")])]),
        ])
        return XMLElement("cib", [
            ("crm_feature_set", "3.16.1"), ("validate-with", "pacemaker-3.9"), ("epoch", "1"), ("num_updates", "0"), ("admin_epoch", "0"),
        ], children: [configuration])
    }

    private static func pairs(_ element: String, _ id: String, _ values: [(String, String)]) -> XMLElement {
        XMLElement(element, [("id", id)], children: values.map { name, value in
            XMLElement("nvpair", [("id", "\(id)-\(name)"), ("name", name), ("value", value)])
        })
    }

    private static func operation(_ resource: String, _ name: String, _ interval: String, _ timeout: String) -> XMLElement {
        XMLElement("op", [("id", "\(resource)-\(name)-\(interval)"), ("name", name), ("interval", interval), ("timeout", timeout)])
    }

    private static func connection(_ name: String) -> XMLElement {
        XMLElement("primitive", [("id", name), ("class", "ocf"), ("provider", "pacemaker"), ("type", "remote")], children: [
            pairs("instance_attributes", "\(name)-params", [("server", name), ("reconnect_interval", "10s")]),
            XMLElement("operations", children: [operation(name, "monitor", "3s", "15s"), operation(name, "start", "0s", "30s")]),
        ])
    }

    private static func dummy(_ name: String) -> XMLElement {
        XMLElement("primitive", [("id", name), ("class", "ocf"), ("provider", "heartbeat"), ("type", "Dummy")], children: [
            XMLElement("operations", children: [
                operation(name, "start", "0s", "20s"), operation(name, "stop", "0s", "20s"), operation(name, "monitor", "10s", "20s"),
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
        <resource-agent name="Dummy"><version>1.0</version><parameters/><actions><action name="start" timeout="20s"/>\
        <action name="stop" timeout="20s"/><action name="monitor" timeout="20s" interval="10s"/>\
        <action name="meta-data" timeout="5s"/></actions></resource-agent>
        """
}
