// SPDX-License-Identifier: GPL-2.0-or-later
// What a `bundle` element says, read into values: container, network, ports, mounts (scheduler spec 7.6).

import CIBModel
import ClusterXML

struct BundleSettings {
    struct Port { var source: String; var target: String }
    struct Mount {
        var source: String
        var target: String
        var options: String?
        /// The source gets a subdirectory per replica.
        var perReplica: Bool
    }

    let id: String
    let engine: BundleRecord.Engine
    let image: String
    var promotedMaximum: Int32
    let replicas: Int32
    /// Whether more replicas are configured than are made.
    let isLimited: Bool
    var replicasPerHost: Int32
    let runCommand: String?
    let options: String?
    let network: String?
    let ipRangeStart: String?
    let hostNetmask: String?
    let hostInterface: String?
    let controlPort: String?
    let addsHosts: Bool
    var ports: [Port] = []
    var mounts: [Mount] = []

    static let defaultPort = "3121"

    /// More replicas than this are taken for a mistake: each container is told the addresses of all.
    static let replicaLimit: Int32 = 1000

    /// Nil if there is no container element this version knows.
    init?(_ element: XMLElement) {
        let docker = element.first("docker")
        guard let container = docker ?? element.first("podman"), let id = element.id else { return nil }
        self.id = id
        engine = docker != nil ? .docker : .podman
        image = container["image"] ?? ""
        promotedMaximum = (container["promoted-max"] ?? container["masters"]).map { Scan.count($0, minimum: 0) } ?? 0
        let fallback = promotedMaximum > 0 ? promotedMaximum : 1
        let wanted = container["replicas"].map { Scan.count($0, minimum: 1) } ?? fallback
        replicas = min(wanted, Self.replicaLimit)
        isLimited = wanted > Self.replicaLimit
        replicasPerHost = container["replicas-per-host"].map { Scan.count($0, minimum: 1) } ?? 1
        runCommand = container["run-command"]
        options = container["options"]
        network = container["network"]
        let net = element.first("network")
        ipRangeStart = net?["ip-range-start"]
        hostNetmask = net?["host-netmask"]
        hostInterface = net?["host-interface"]
        controlPort = net?["control-port"]
        addsHosts = net?["add-host"].map { Scan.isTrue($0) } ?? true
        readPorts(net)
        readMounts(element.first("storage"))
    }

    private mutating func readPorts(_ network: XMLElement?) {
        guard let network else { return }
        for mapping in network.elements("port-mapping") {
            if let port = mapping["port"] {
                ports.append(Port(source: port, target: mapping["internal-port"] ?? port))
            } else if let range = mapping["range"] {
                ports.append(Port(source: range, target: range))
            }
        }
    }

    private mutating func readMounts(_ storage: XMLElement?) {
        guard let storage else { return }
        for mapping in storage.elements("storage-mapping") {
            let root = mapping["source-dir-root"]
            guard let source = mapping["source-dir"] ?? root, let target = mapping["target-dir"] else { continue }
            mounts.append(
                Mount(source: source, target: target, options: mapping["options"], perReplica: mapping["source-dir"] == nil))
        }
    }

    var hasNetwork: Bool { ipRangeStart != nil || controlPort != nil }

    /// The mounts and port every bundle with a primitive gets at the end.
    mutating func addImplicitMounts() {
        mounts.append(Mount(source: "/etc/pacemaker/authkey", target: "/etc/pacemaker/authkey", options: nil, perReplica: false))
        if !mounts.contains(where: { $0.target == "/var/log" }) {
            mounts.append(Mount(source: "/var/log/pacemaker/bundles", target: "/var/log", options: nil, perReplica: true))
        }
        let port = controlPort ?? Self.defaultPort
        ports.append(Port(source: port, target: port))
    }

    /// What containers must know to reach a replica by name.
    func hostOption(_ replica: Int32, _ address: String) -> String {
        addsHosts ? " --add-host=\(id)-\(replica):\(address)" : " --hosts-entry=\(address)=\(id)-\(replica)"
    }

    /// The address after this one: the last octet counts up to 254, then the third one moves on.
    static func nextAddress(_ address: String) -> String {
        let octets = address.split(separator: ".").compactMap { Scan.integer(String($0)) }
        guard octets.count == 4 else { return address }
        var (third, fourth) = (octets[2], octets[3])
        if fourth > 253 {
            if third > 253 { return address }
            (third, fourth) = (third + 1, 1)
        } else {
            fourth += 1
        }
        return "\(octets[0]).\(octets[1]).\(third).\(fourth)"
    }

    /// Ids may hold letters, digits, `_`, `-`, `.`; anything else becomes `.` (`_` at the start).
    static func sanitized(_ id: String) -> String {
        var bytes: [UInt8] = []
        for byte in id.utf8 {
            let isLetter = (byte >= 0x41 && byte <= 0x5A) || (byte >= 0x61 && byte <= 0x7A) || byte == UInt8(ascii: "_") || byte >= 0x80
            let isOther = (byte >= 0x30 && byte <= 0x39) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
            if isLetter || (isOther && !bytes.isEmpty) {
                bytes.append(byte)
            } else {
                bytes.append(bytes.isEmpty ? UInt8(ascii: "_") : UInt8(ascii: "."))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: - Elements of the implicit resources

extension BundleSettings {
    private static func block(_ owner: String, _ pairs: [(String, String)]) -> XMLElement {
        let id = "\(owner)-attributes-\(owner)"
        return XMLElement(
            "instance_attributes", [("id", id)],
            children: pairs.map { XMLElement("nvpair", [("id", "\(id)-\($0.0)"), ("name", $0.0), ("value", $0.1)]) })
    }

    private static func monitor(_ owner: String) -> XMLElement {
        XMLElement(
            "operations",
            children: [XMLElement("op", [("id", "\(owner)-monitor-60s"), ("name", "monitor"), ("interval", "60s")])])
    }

    /// The clone around the bundle's primitive.
    func cloneElement(_ primitive: XMLElement) -> XMLElement {
        let cloneID = Self.sanitized(promotedMaximum > 0 ? "\(id)-master" : "\(id)-clone")
        let metaID = "\(cloneID)-meta_attributes"
        var pairs = [
            ("ordered", "true"), ("clone-max", String(replicas)), ("clone-node-max", String(replicasPerHost)),
            ("globally-unique", replicasPerHost > 1 ? "true" : "false"),
        ]
        if promotedMaximum > 0 { pairs += [("promotable", "true"), ("promoted-max", String(promotedMaximum))] }
        let meta = XMLElement(
            "meta_attributes", [("id", metaID)],
            children: pairs.map { XMLElement("nvpair", [("id", "\(metaID)-\($0.0)"), ("name", $0.0), ("value", $0.1)]) })
        return XMLElement("clone", [("id", cloneID)], children: [meta, primitive])
    }

    /// The container resource of a replica.
    func containerElement(_ replica: Int32, address: String?, hasPrimitive: Bool, hostOptions: String) -> XMLElement {
        let owner = Self.sanitized("\(id)-\(engine.rawValue)-\(replica)")
        var options = engine == .docker ? " --restart=no" : ""
        if ipRangeStart != nil { options += " -h \(id)-\(replica)" }
        options += " -e PCMK_stderr=1"
        if let network { options += " --net=\(network)" }
        options += " -e PCMK_remote_port=\(controlPort ?? Self.defaultPort)"
        var sources: [String] = []
        for mount in mounts {
            var source = mount.source
            if mount.perReplica {
                source += "/\(id)-\(replica)"
                sources.append(source)
            }
            options += " -v \(source):\(mount.target)" + (mount.options.map { ":\($0)" } ?? "")
        }
        for port in ports {
            if let address {
                options += " -p \(address):\(port.source):\(port.target)"
            } else if network != "host" {
                options += " -p \(port.source):\(port.target)"
            }
        }
        if let extra = self.options { options += " \(extra)" }
        options += " \(hostOptions)"
        var pairs = [
            ("image", image), ("allow_pull", "true"), ("force_kill", "false"), ("reuse", "false"), ("run_opts", options),
            ("mount_points", sources.joined(separator: ",")),
        ]
        if let command = runCommand ?? (hasPrimitive ? "/usr/sbin/pacemaker-remoted" : nil) { pairs.append(("run_cmd", command)) }
        pairs.append(("monitor_cmd", "/bin/true"))
        return XMLElement(
            "primitive", [("id", owner), ("class", "ocf"), ("provider", "heartbeat"), ("type", engine.rawValue)],
            children: [Self.block(owner, pairs), Self.monitor(owner)])
    }

    /// The address resource of a replica.
    func addressElement(_ address: String) -> XMLElement {
        let owner = Self.sanitized("\(id)-ip-\(address)")
        var pairs = [("ip", address)]
        if let hostInterface { pairs.append(("nic", hostInterface)) }
        pairs.append(("cidr_netmask", hostNetmask ?? "32"))
        return XMLElement(
            "primitive", [("id", owner), ("class", "ocf"), ("provider", "heartbeat"), ("type", "IPaddr2")],
            children: [Self.block(owner, pairs), Self.monitor(owner)])
    }
}
