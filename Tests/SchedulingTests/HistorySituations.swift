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
            <crm_config><cluster_property_set id="options"><nvpair id="f" name="fencing-enabled" value="false"/>\(options)</cluster_property_set></crm_config>
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

    /// What is done, in order: `TASK RESOURCE NODE`, or the operation and the target of fencing.
    func steps(_ text: String) throws -> [String] {
        let result = Scheduler.run(try state(text))
        return result.execution(on: result.state.cib)
    }

    /// A block of meta-attributes, or another block of name-value pairs.
    func block(_ id: String, _ values: KeyValuePairs<String, String>, tag: String = "meta_attributes") -> String {
        let pairs = values.enumerated().map { "<nvpair id=\"\(id)\($0.offset)\" name=\"\($0.element.key)\" value=\"\($0.element.value)\"/>" }
        return "<\(tag) id=\"\(id)\">\(pairs.joined())</\(tag)>"
    }

    /// A cluster option.
    func option(_ name: String, _ value: String) -> String { "<nvpair id=\"o-\(name)\" name=\"\(name)\" value=\"\(value)\"/>" }

    /// Entries of resources that were looked for and not found.
    func absent(_ ids: String...) -> String { ids.map { entry($0, operation($0, "monitor", call: 1, rc: 7, expected: 7)) }.joined() }

    /// An entry of a resource that was started.
    func started(_ id: String) -> String { entry(id, operation(id, "start", call: 2, more: nothing)) }

    /// A CIB whose nodes of these names vanished.
    func losing(_ nodes: String..., in text: String) -> String {
        nodes.reduce(text) { $0.replacing(member($1), with: "uname=\"\($1)\" in_ccm=\"false\" crmd=\"offline\" join=\"down\" expected=\"member\"") }
    }

    /// A CIB whose nodes of these names were shut down.
    func shutDown(_ nodes: String..., in text: String) -> String {
        nodes.reduce(text) { $0.replacing(member($1), with: "uname=\"\($1)\" in_ccm=\"false\" crmd=\"offline\" join=\"down\" expected=\"down\"") }
    }

    private func member(_ node: String) -> String { "uname=\"\(node)\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"" }

    /// A CIB with fencing and a device for it.
    func fencing(_ text: String, device: String = "<primitive id=\"device\" class=\"stonith\" type=\"fence_x\"/>") -> String {
        text.replacing("name=\"fencing-enabled\" value=\"false\"", with: "name=\"fencing-enabled\" value=\"true\"")
            .replacing("<resources>", with: "<resources>" + device)
    }

    /// A CIB in which a node has something inside: attributes, capacities.
    func node(_ name: String, with inside: String, in text: String) -> String {
        text.replacing("<node id=\"\(name)\" uname=\"\(name)\"/>", with: "<node id=\"\(name)\" uname=\"\(name)\">\(inside)</node>")
    }

    /// A CIB in which a node has transient attributes.
    func node(_ name: String, transient values: KeyValuePairs<String, String>, in text: String) -> String {
        let attributes = block("t-\(name)", values, tag: "instance_attributes")
        return text.replacing(
            "<lrm id=\"\(name)\">", with: "<transient_attributes id=\"\(name)\">\(attributes)</transient_attributes><lrm id=\"\(name)\">")
    }

    /// The digest of no parameters.
    var nothing: String { "op-digest=\"f2317cad3d54cec5d7d7aa7d0bf35cf8\"" }
}

extension SchedulingResult {
    /// `TASK RESOURCE NODE` in order of execution; of fencing the operation and the target.
    func execution(on cib: XMLElement) -> [String] {
        var execution = PaperExecution(transition, on: PaperStatus(cib), failures: [], time: 0)
        execution.run(state)
        return execution.events.compactMap { event in
            switch event {
            case .resource(let id, let task, _, let node): "\(task) \(id) \(node)"
            case .fencing(let target, let operation): "\(operation) \(target)"
            default: nil
            }
        }
    }
}
