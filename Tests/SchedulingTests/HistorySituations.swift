// SPDX-License-Identifier: GPL-2.0-or-later
// What tests with histories are made of: a CIB, resources, entries and operations.

import CIBModel
import ClusterStatus
import ClusterXML
import Scheduling

protocol HistorySituations {}

extension HistorySituations {
    /// A cluster of online nodes with histories: `histories` has the entries of each node.
    func cib(
        resources: String, histories: [String: String], options: String = "", constraints: String = "", more: String = ""
    ) -> String {
        let states = histories.keys.sorted().map { node in
            """
            <node_state id="\(node)" uname="\(node)" in_ccm="true" crmd="online" join="member" expected="member">
            <lrm id="\(node)"><lrm_resources>\(histories[node] ?? "")</lrm_resources></lrm></node_state>
            """
        }
        let nodes = histories.keys.sorted().map { "<node id=\"\($0)\" uname=\"\($0)\"/>" }
        return """
            <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="f" name="fencing-enabled" value="false"/>\(options)</cluster_property_set></crm_config>
            <nodes>\(nodes.joined())</nodes><resources>\(resources)</resources><constraints>\(constraints)</constraints></configuration>
            <status>\(states.joined())\(more)</status></cib>
            """
    }

    func dummy(_ id: String, _ inside: String = "") -> String {
        "<primitive id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(inside)</primitive>"
    }

    func entry(_ id: String, _ operations: String...) -> String {
        "<lrm_resource id=\"\(id)\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">\(operations.joined())</lrm_resource>"
    }

    func operation(
        _ resource: String, _ task: String, interval: Int = 0, call: Int, rc: Int = 0, expected: Int = 0, id: String? = nil, status: Int = 0,
        changed: Int = 1_699_999_000, more: String = ""
    ) -> String {
        """
        <lrm_rsc_op id="\(id ?? "\(resource)_\(task)_\(interval)")" operation="\(task)" operation_key="\(resource)_\(task)_\(interval)" \
        call-id="\(call)" rc-code="\(rc)" op-status="\(status)" interval="\(interval)" transition-key="1:1:\(expected):u" \
        transition-magic="\(status):\(rc);1:1:\(expected):u" last-rc-change="\(changed)" \(more)/>
        """
    }

    func state(_ text: String) throws -> ClusterState {
        ClusterState(reading: try XMLParser.parse(text), at: Timestamp(epoch: 1_700_000_000))
    }

    func tasks(_ text: String) throws -> [String] {
        Scheduler.run(try state(text)).transition.synapses.map(\.action).filter { $0.kind == .resource }.map(\.key)
    }

    /// The digest of no parameters.
    var nothing: String { "op-digest=\"f2317cad3d54cec5d7d7aa7d0bf35cf8\"" }
}
