// SPDX-License-Identifier: GPL-2.0-or-later
// What broken tools can do to the daemon of their host: nothing that another tool would notice.
import ClusterXML
import Foundation
import Glibc
import Messages
import Testing

extension FaultTests {
    @Suite(.serialized) struct ToolSocket {
        private let cluster: DaemonCluster

        init() throws {
            var files = rlimit(rlim_cur: 8192, rlim_max: 8192)
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files)
            cluster = try DaemonCluster.running(remotes: 1)
        }

        private func connection(_ name: String) throws -> LocalSocket { try LocalSocket(cluster.socket(of: name)) }

        /// Other tools get their answers, on the host and on the remote node, and memory stays what it was.
        private func othersAreServed(limit: Double = 60) throws {
            for name in [DaemonCluster.host, "remote1"] {
                let output = try cluster.tool("crm_mon", "-1", on: name)
                #expect(output.status == 0 && output.out.contains("RemoteOnline: [ remote1 ]"), "\(name): \(output)\n\(cluster.log(of: DaemonCluster.host).split(separator: "\n").filter { !$0.contains("(tool-request)") }.suffix(40).joined(separator: "\n"))")
                #expect(cluster.isRunning(name))
                #expect(cluster.residentMemory(of: name) < limit, "\(name)")
            }
        }

        @Test(arguments: [DaemonCluster.host, "remote1"])
        func garbageEndsTheConnectionAndNothingElse(name: String) throws {
            let pieces: [[UInt8]] = [
                (0..<5000).map { _ in UInt8.random(in: 0...255) }, Frame.bytes(total: .max, text: .max - 40, [1]),
                Frame.bytes(compressed: UInt32(Frame.bomb.count), text: 100 << 20, Frame.bomb), Frame.bytes([]),
            ]
            for _ in 0..<20 {
                for piece in pieces {
                    let socket = try connection(name)
                    socket.send(piece)
                    #expect(socket.isClosedByPeer())
                }
            }
            try othersAreServed()
        }

        @Test(arguments: [DaemonCluster.host, "remote1"])
        func messagesThatMakeNoSenseAreIgnored(name: String) throws {
            let socket = try connection(name)
            for text in Self.nonsense { socket.send(Frame.message(text)) }
            for channel in ["cib_rw", "cib_ro", "crmd", "attrd", "stonith-ng", "pacemakerd", "lrmd", "", "no-such-channel"] {
                for (index, payload) in Self.payloads.enumerated() {
                    let session = "\(channel)-\(index)"
                    socket.send(Frame.message("<lrmd_ipc_proxy lrmd_ipc_op='new' lrmd_ipc_server='\(channel)' lrmd_ipc_session='\(session)'/>"))
                    for flags in ["0", "512", "-1", "x"] {
                        socket.send(
                            Frame.message(
                                "<lrmd_ipc_proxy lrmd_ipc_op='request' lrmd_ipc_session='\(session)' lrmd_ipc_msg_id='\(index)' "
                                    + "lrmd_ipc_msg_flags='\(flags)'><lrmd_ipc_msg>\(payload)</lrmd_ipc_msg></lrmd_ipc_proxy>"))
                    }
                }
            }
            try othersAreServed()
            #expect(try cluster.must("cibadmin", "-Q").contains("<primitive id=\"remote1\""))
        }

        @Test(arguments: [DaemonCluster.host, "remote1"])
        func unfinishedMessagesOfManyClientsAreBounded(name: String) throws {
            var sockets: [LocalSocket] = []
            let part = Frame.bytes(total: 20 << 20, text: (20 << 20) - 40, [UInt8](repeating: 32, count: 1 << 20))
            for _ in 0..<200 {
                let socket = try connection(name)
                socket.limitWaiting()
                socket.send(part)
                sockets.append(socket)
            }
            try othersAreServed(limit: 220)
            withExtendedLifetime(sockets) {}
        }

        @Test(arguments: [DaemonCluster.host, "remote1"])
        func moreClientsThanAllowedAreTurnedAwayUntilOthersLeave(name: String) throws {
            var sockets: [LocalSocket] = []
            for _ in 0..<1000 { sockets.append(try connection(name)) }
            try cluster.wait("the last one is turned away") { sockets.last?.isClosedByPeer() ?? false }
            #expect(cluster.isRunning(name))
            sockets = []
            try cluster.wait("there is room again") { try cluster.tool("crm_mon", "-1", on: name).status == 0 }
            try othersAreServed()
        }

        @Test(arguments: [DaemonCluster.host, "remote1"])
        func aClientThatNeverReadsItsAnswersIsNotListenedTo(name: String) throws {
            try cluster.load((1...100).map { "primitive p\($0) ocf:fault:Witness meta target-role=Stopped\n" }.joined())
            let socket = try connection(name)
            socket.limitWaiting()
            socket.send(Frame.message("<lrmd_ipc_proxy lrmd_ipc_op='new' lrmd_ipc_server='cib_rw' lrmd_ipc_session='s' lrmd_ipc_client='c'/>"))
            for number in 1...20_000 {
                let query = "<cib_command t='cib' cib_op='cib_query' cib_callid='\(number)' cib_callopt='4096'/>"
                guard socket.send(
                    Frame.message(
                        "<lrmd_ipc_proxy lrmd_ipc_op='request' lrmd_ipc_session='s' lrmd_ipc_client='c' lrmd_ipc_msg_id='\(number)' "
                            + "lrmd_ipc_msg_flags='512'><lrmd_ipc_msg>\(query)</lrmd_ipc_msg></lrmd_ipc_proxy>"))
                else { break }
            }
            try othersAreServed(limit: 150)
            withExtendedLifetime(socket) {}
        }

        private static let nonsense = [
            "", "x", "<a/>", "<lrmd_ipc_proxy/>", "<lrmd_ipc_proxy lrmd_ipc_op='request'/>", "<lrmd_ipc_proxy lrmd_ipc_op='destroy'/>",
            "<lrmd_ipc_proxy lrmd_ipc_op='request' lrmd_ipc_session='nobody'><lrmd_ipc_msg><a/></lrmd_ipc_msg></lrmd_ipc_proxy>",
            "<lrmd_ipc_proxy lrmd_ipc_op='new' lrmd_ipc_session='a' lrmd_ipc_server='cib_rw'/>", "<a", String(repeating: "<a>", count: 50_000),
        ]

        private static let payloads = [
            "<a/>", "<cib_command/>", "<cib_command t='cib' cib_op='register'/>", "<cib_command t='cib' cib_op='no-such-operation'/>",
            "<cib_command t='cib' cib_op='cib_apply_diff' cib_callopt='4096'><cib_calldata><diff format='2'><change operation='delete' path='/cib'/></diff></cib_calldata></cib_command>",
            "<cib_command t='cib' cib_op='cib_delete' cib_section='//[' cib_callopt='2'/>",
            "<cib_command t='cib' cib_op='cib_modify' cib_callid='99999999999999999999'><cib_calldata/></cib_command>",
            "<cib_command t='cib' cib_op='cib_replace'><cib_calldata><cib epoch='-5'/></cib_calldata></cib_command>",
            "<create_attrd_op t='attrd' task='update'/>", "<create_attrd_op t='attrd' task='update' attr_name='' attr_value='value++' attr_dampening='-9e99'/>",
            "<create_attrd_op t='attrd' task='clear-failure' attr_resource='((('/>", "<message t='crmd' crm_task='lrm_delete'/>",
            "<message t='crmd' crm_task='lrm_fail' crm_sys_to='crmd'><crm_xml><rsc_op/></crm_xml></message>", "<message t='crmd' crm_task='ping' crm_sys_to='nobody'/>",
            "<stonith_command st_op='st_fence'/>", "<stonith_command st_op='st_fence_history'/>", "<stonith_command st_op='st_device_register'/>",
            "<stonith_command st_op='st_level_add'><st_calldata><fencing-level index='99999999999'/></st_calldata></stonith_command>",
        ]
    }
}

/// A blocking local socket with a time limit.
final class LocalSocket {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        guard code == 0 else {
            let text = String(cString: strerror(errno))
            close(descriptor)
            throw ClusterError(description: "\(path): \(text)")
        }
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    /// Sending gives up after a second: the other side is not expected to read everything.
    func limitWaiting() {
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    /// - Returns: false if not everything was taken.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress! + offset, $0.count - offset, Int32(MSG_NOSIGNAL)) }
            if count <= 0 { return false }
            offset += count
        }
        return true
    }

    /// True once the other side has closed, within the time limit of a read.
    func isClosedByPeer() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count > 0 { continue }
            return count == 0 || errno == ECONNRESET
        }
    }
}
