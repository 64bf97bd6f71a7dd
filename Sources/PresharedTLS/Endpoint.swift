// SPDX-License-Identifier: GPL-2.0-or-later
// One end of a TLS connection with a pre-shared key, over memory: encrypted bytes in, encrypted bytes out. The owner moves them.
import CGnuTLS
import Glibc

/// Why a connection has to be given up.
package struct TLSError: Error, Sendable, Equatable {
    /// GnuTLS's error code, or 0 if the library itself is missing.
    package let code: Int32
    /// What was being done.
    package let step: String

    package var explanation: String {
        guard code != 0, let text = gnutls.strerror(code) else { return step }
        return "\(step): \(String(cString: text))"
    }
    /// The peer has closed the connection, with or without a word.
    package var isEnd: Bool { code == GNUTLS_E_PREMATURE_TERMINATION || code == GNUTLS_E_PULL_ERROR }
}

/// The credentials of one side, shared by all its connections.
package final class Credentials {
    package enum Side: Sendable { case client, server }

    let side: Side
    fileprivate let key: PresharedKey
    fileprivate var client: gnutls_psk_client_credentials_t?
    fileprivate var server: gnutls_psk_server_credentials_t?
    fileprivate let priorities: String

    /// Suites with pre-shared keys are added to the base that the administrator may set.
    /// - Parameter basePriorities: the value of `PCMK_tls_priorities`.
    package init(_ side: Side, key: PresharedKey, basePriorities: String? = nil) throws(TLSError) {
        try GnuTLS.load()
        self.side = side
        self.key = key
        let base = basePriorities.flatMap { $0.isEmpty ? nil : $0 } ?? "NORMAL"
        priorities = base + ":+DHE-PSK:+PSK"
        var cache: gnutls_priority_t?
        try check(gnutls.priority_init(&cache, priorities, nil), "TLS priorities '\(priorities)'")
        gnutls.priority_deinit(cache)
        switch side {
        case .client: try setUpClient()
        case .server: try setUpServer()
        }
    }

    private func setUpClient() throws(TLSError) {
        try check(gnutls.psk_allocate_client_credentials(&client), "allocating credentials")
        var bytes = key.bytes
        let size = UInt32(bytes.count)
        let code = bytes.withUnsafeMutableBufferPointer { buffer in
            var datum = gnutls_datum_t(data: buffer.baseAddress, size: size)
            return gnutls.psk_set_client_credentials(client, PresharedKey.identity, &datum, GNUTLS_PSK_KEY_RAW)
        }
        try check(code, "setting the key")
    }

    private func setUpServer() throws(TLSError) {
        try check(gnutls.psk_allocate_server_credentials(&server), "allocating credentials")
        gnutls.psk_set_server_credentials_function(server) { session, identity, key in
            guard let session, let identity, let key, let pointer = gnutls.session_get_ptr(session) else { return -1 }
            guard strcmp(identity, PresharedKey.identity) == 0 else { return -1 }
            return Unmanaged<Endpoint>.fromOpaque(pointer).takeUnretainedValue().copyKey(to: key)
        }
        // For peers without TLS 1.3: standard groups, so that nothing has to be generated at start.
        try check(
            gnutls.psk_set_server_known_dh_params(server, GNUTLS_SEC_PARAM_MEDIUM), "setting Diffie-Hellman groups")
    }

    deinit {
        if let client { gnutls.psk_free_client_credentials(client) }
        if let server { gnutls.psk_free_server_credentials(server) }
    }
}

/// One end of a connection. Belongs to one thread.
package final class Endpoint {
    private let credentials: Credentials
    private var session: gnutls_session_t?
    private var incoming: [UInt8] = []
    private var consumed = 0
    private var outgoing: [UInt8] = []
    private var reachedEnd = false
    /// The keys are agreed; messages can flow.
    package private(set) var isEstablished = false
    /// The peer has closed its side.
    package private(set) var isClosedByPeer = false

    /// The largest text of one TLS record.
    package static let recordSize = 16384

    package init(_ credentials: Credentials) throws(TLSError) {
        self.credentials = credentials
        // The names of these flags exist twice in the header, as macros and as enumerators.
        let serverFlag: UInt32 = 1
        let clientFlag: UInt32 = 2
        let nonBlockingFlag: UInt32 = 8
        let side = credentials.side == .client ? clientFlag : serverFlag
        try check(gnutls.`init`(&session, side | nonBlockingFlag), "creating a session")
        try check(gnutls.priority_set_direct(session, credentials.priorities, nil), "setting priorities")
        switch credentials.side {
        case .client:
            try check(
                gnutls.credentials_set(session, GNUTLS_CRD_PSK, UnsafeMutableRawPointer(credentials.client)),
                "setting credentials")
        case .server:
            try check(
                gnutls.credentials_set(session, GNUTLS_CRD_PSK, UnsafeMutableRawPointer(credentials.server)),
                "setting credentials")
        }
        connectTransport()
    }

    deinit {
        if let session { gnutls.deinit(session) }
    }

    /// GnuTLS reads from and writes to this object's buffers.
    private func connectTransport() {
        let pointer = Unmanaged.passUnretained(self).toOpaque()
        gnutls.session_set_ptr(session, pointer)
        gnutls.transport_set_ptr(session, pointer)
        gnutls.transport_set_push_function(session) { pointer, data, size in
            guard let pointer, let data else { return -1 }
            Unmanaged<Endpoint>.fromOpaque(pointer).takeUnretainedValue()
                .outgoing.append(contentsOf: UnsafeRawBufferPointer(start: data, count: size))
            return size
        }
        gnutls.transport_set_pull_function(session) { pointer, data, size in
            guard let pointer, let data else { return -1 }
            return Unmanaged<Endpoint>.fromOpaque(pointer).takeUnretainedValue().pull(into: data, size)
        }
        gnutls.transport_set_pull_timeout_function(session) { pointer, _ in
            guard let pointer else { return -1 }
            return Unmanaged<Endpoint>.fromOpaque(pointer).takeUnretainedValue().hasIncoming ? 1 : 0
        }
    }

    private var hasIncoming: Bool { consumed < incoming.count || reachedEnd }

    private func pull(into data: UnsafeMutableRawPointer, _ size: Int) -> Int {
        let available = incoming.count - consumed
        guard available > 0 else {
            if reachedEnd { return 0 }
            gnutls.transport_set_errno(session, EAGAIN)
            return -1
        }
        let count = min(size, available)
        incoming.withUnsafeBytes { data.copyMemory(from: $0.baseAddress! + consumed, byteCount: count) }
        consumed += count
        if consumed == incoming.count {
            incoming.removeAll(keepingCapacity: incoming.capacity <= 32 * 1024)
            consumed = 0
        }
        return count
    }

    /// GnuTLS frees the copy with `free`.
    fileprivate func copyKey(to target: UnsafeMutablePointer<gnutls_datum_t>) -> Int32 {
        let bytes = credentials.key.bytes
        guard let copy = malloc(max(1, bytes.count)) else { return -1 }
        bytes.withUnsafeBytes { source in
            if let base = source.baseAddress { copy.copyMemory(from: base, byteCount: bytes.count) }
        }
        target.pointee.data = copy.assumingMemoryBound(to: UInt8.self)
        target.pointee.size = UInt32(bytes.count)
        return 0
    }

    // MARK: Moving bytes

    /// Takes encrypted bytes from the network.
    package func receive(_ bytes: [UInt8]) {
        incoming.append(contentsOf: bytes)
    }

    /// The network will deliver nothing more.
    package func receiveEnd() {
        reachedEnd = true
    }

    /// Encrypted bytes to send, if any; they are handed out once.
    package func takeOutgoing() -> [UInt8] {
        defer { outgoing = [] }
        return outgoing
    }

    package var hasOutgoing: Bool { !outgoing.isEmpty }

    // MARK: Session

    /// Goes on with the handshake as far as the received bytes allow.
    /// - Returns: true once it is complete.
    /// - Throws: when it has failed; an alert for the peer is among the outgoing bytes then.
    package func handshake() throws(TLSError) -> Bool {
        if isEstablished { return true }
        while true {
            let code = gnutls.handshake(session)
            if code == GNUTLS_E_SUCCESS {
                isEstablished = true
                return true
            }
            if code == GNUTLS_E_AGAIN { return false }
            if code == GNUTLS_E_INTERRUPTED || code == GNUTLS_E_WARNING_ALERT_RECEIVED { continue }
            _ = gnutls.alert_send_appropriate(session, code)
            throw TLSError(code: code, step: "TLS handshake")
        }
    }

    /// Everything that has been decrypted so far. Reads on until GnuTLS needs more bytes, since nothing else would.
    package func read() throws(TLSError) -> [UInt8] {
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: Endpoint.recordSize)
        while !isClosedByPeer {
            let count = gnutls.record_recv(session, &chunk, chunk.count)
            if count > 0 {
                text.append(contentsOf: chunk[..<count])
            } else if count == 0 {
                isClosedByPeer = true
            } else if count == Int(GNUTLS_E_AGAIN) {
                break
            } else if count == Int(GNUTLS_E_PREMATURE_TERMINATION) {
                // An abrupt end is treated like an orderly one (remote-protocol.md 1.6).
                isClosedByPeer = true
            } else if count == Int(GNUTLS_E_INTERRUPTED) || count == Int(GNUTLS_E_WARNING_ALERT_RECEIVED)
                || count == Int(GNUTLS_E_REHANDSHAKE)
            {
                continue
            } else {
                throw TLSError(code: Int32(truncatingIfNeeded: count), step: "TLS receive")
            }
        }
        return text
    }

    /// Encrypts bytes into records of their own: never together with those of another call.
    package func write(_ bytes: [UInt8]) throws(TLSError) {
        var offset = 0
        while offset < bytes.count {
            let length = min(Endpoint.recordSize, bytes.count - offset)
            let count = bytes.withUnsafeBytes { buffer in
                gnutls.record_send(session, buffer.baseAddress.map { $0 + offset }, length)
            }
            if count == Int(GNUTLS_E_INTERRUPTED) || count == Int(GNUTLS_E_AGAIN) { continue }
            guard count > 0 else { throw TLSError(code: Int32(truncatingIfNeeded: count), step: "TLS send") }
            offset += count
        }
    }

    /// Tells the peer that nothing more will come.
    package func sayGoodbye() {
        guard isEstablished else { return }
        _ = gnutls.bye(session, GNUTLS_SHUT_WR)
    }

    /// Protocol and cipher in use, for the log: `(TLS1.3)-(…)-(CHACHA20-POLY1305)`.
    package var summary: String {
        guard let text = gnutls.session_get_desc(session) else { return "no cipher" }
        defer { free(text) }
        return String(cString: text)
    }
}

private func check(_ code: Int32, _ step: String) throws(TLSError) {
    guard code == GNUTLS_E_SUCCESS else { throw TLSError(code: code, step: step) }
}
