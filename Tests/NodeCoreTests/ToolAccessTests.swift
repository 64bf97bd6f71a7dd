// SPDX-License-Identifier: GPL-2.0-or-later
// Access lists where requests of tools enter: users, their groups, and requests that go past the CIB.
import ClusterXML
import Messages
import NodeCore
import Scheduling
import Testing

struct ToolAccessTests {
    private var clock = TestClock()
    private var node = Node(settings: NodeSettings(hostName: "ctl", programVersion: "test", seed: 1))

    private static let lists = """
        <acls>
          <acl_role id="r"><acl_permission id="r0" kind="read" xpath="/cib"/><acl_permission id="r1" kind="write" xpath="//crm_config"/></acl_role>
          <acl_role id="s"><acl_permission id="s0" kind="write" xpath="/cib/status"/></acl_role>
          <acl_group id="operators"><role id="r"/></acl_group>
          <acl_target id="monitor"><role id="s"/></acl_target>
        </acls>
        """

    private mutating func handle(_ input: NodeInput) -> [NodeEffect] {
        var effects: [NodeEffect] = []
        node.handle(input, at: clock.now, into: &effects)
        return effects
    }

    private mutating func start() throws {
        let pair = "<nvpair id=\"o-acl\" name=\"enable-acl\" value=\"true\"/>"
        let cib = try XMLParser.parse(
            """
            <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="3" num_updates="0"><configuration>
            <crm_config><cluster_property_set id="o">\(pair)</cluster_property_set></crm_config><nodes/><resources/><constraints/>\(Self.lists)
            </configuration><status/></cib>
            """)
        for effect in handle(.started(cib: cib)) {
            if case .persist(let write) = effect { _ = handle(.persisted(write: write.number)) }
        }
    }

    /// The answer to a request of a user; for changes of the configuration, once it is on disk.
    private mutating func ask(_ user: String, groups: [String], _ channel: String, _ payload: XMLElement) -> XMLElement? {
        let session = ToolSessionID.local(connection: 1, session: "\(user)-\(groups.joined())-\(channel)")
        _ = handle(.toolOpened(session, SessionPeer(channel: channel, client: "test", user: user, groups: groups, isPrivileged: user == "root")))
        var effects = handle(.toolMessage(session, ToolRequest(id: 7, wantsResponse: true, payload: payload)))
        for effect in effects { if case .persist(let write) = effect { effects += handle(.persisted(write: write.number)) } }
        return effects.compactMap { if case .respond(_, _, let answer) = $0 { answer } else { nil } }.last
    }

    private func property(_ value: String) -> XMLElement {
        let pair = XMLElement("nvpair", [("id", "o-limit"), ("name", "batch-limit"), ("value", value)])
        let set = XMLElement("cluster_property_set", [("id", "o")], children: [pair])
        return XMLElement("cib_command", [
            ("t", "cib"), ("cib_op", "cib_modify"), ("cib_section", "crm_config"), ("cib_callid", "2"), ("cib_callopt", "4096"),
        ], children: [XMLElement("cib_calldata", children: [XMLElement("crm_config", children: [set])])])
    }

    private let attribute = XMLElement("create_attrd_op", [
        ("t", "attrd"), ("task", "update"), ("attr_name", "colour"), ("attr_value", "red"), ("attr_host", "ctl"),
    ])

    @Test("what a group may, its members may, and nobody else")
    mutating func groups() throws {
        try start()
        #expect(ask("eve", groups: ["operators"], "cib_rw", property("5"))?["cib_rc"] == "0")
        #expect(ask("eve", groups: ["users"], "cib_rw", property("6"))?["cib_rc"] == "-13")
        #expect(node.cib.serialized().contains("value=\"5\""))
    }

    @Test("attributes of nodes are part of the status, whichever way they are set")
    mutating func attributes() throws {
        try start()
        #expect(ask("eve", groups: ["operators"], "attrd", attribute)?["status"] == "4")
        #expect(!node.cib.serialized().contains("colour"))
        #expect(ask("monitor", groups: [], "attrd", attribute)?["status"] == "112")
    }

    @Test("who may act for others says for whom; only the host says for which groups")
    mutating func proxies() throws {
        try start()
        var wanted = property("7")
        wanted["cib_user"] = "eve"
        #expect(ask("root", groups: [], "cib_rw", wanted)?["cib_rc"] == "-13")
        wanted["cib_user_groups"] = "operators"
        #expect(ask("root", groups: [], "cib_rw", wanted)?["cib_rc"] == "0")
        wanted = property("8")
        wanted["cib_user"] = "root"
        #expect(ask("eve", groups: [], "cib_rw", wanted)?["cib_rc"] == "-13")
    }

    @Test("an erased configuration still says what the cluster is, in the same version")
    mutating func erased() throws {
        try start()
        let epoch = node.cib["epoch"].flatMap { Int($0) } ?? 0
        let empty = XMLElement("configuration", children: ["crm_config", "nodes", "resources", "constraints"].map { XMLElement($0) })
        let erase = XMLElement("cib_command", [
            ("t", "cib"), ("cib_op", "cib_replace"), ("cib_section", "configuration"), ("cib_callid", "2"), ("cib_callopt", "4096"),
        ], children: [XMLElement("cib_calldata", children: [empty])])
        #expect(ask("root", groups: [], "cib_rw", erase)?["cib_rc"] == "0")
        let sets = node.cib.first("configuration")?.first("crm_config")?.children ?? []
        #expect(sets.flatMap { $0.elements("nvpair").map { $0["name"] ?? "" } } == ["have-watchdog", "dc-version", "cluster-infrastructure"])
        #expect(node.cib.first("configuration")?.first("nodes")?.elements("node").contains { $0["uname"] == "ctl" } == true)
        #expect(node.cib["epoch"] == "\(epoch + 1)")
    }

    @Test("an attribute without a name is not kept")
    mutating func namelessAttributes() throws {
        try start()
        var nameless = attribute
        nameless["attr_name"] = ""
        _ = ask("root", groups: [], "attrd", nameless)
        #expect(!node.cib.serialized().contains("red"))
    }
}
