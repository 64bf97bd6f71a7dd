// SPDX-License-Identifier: GPL-2.0-or-later
// Frames of the remote connection: what genuine peers send is read, what they refuse is never sent.
import ClusterXML
@testable import Messages
import Testing

@Suite struct RemoteFrameTests {
    private func hex(_ text: String) -> [UInt8] {
        let digits = text.filter { !$0.isWhitespace }
        return stride(from: 0, to: digits.count, by: 2).compactMap { offset in
            let start = digits.index(digits.startIndex, offsetBy: offset)
            return UInt8(digits[start..<digits.index(start, offsetBy: 2)], radix: 16)
        }
    }

    private let reply =
        #"<lrmd_reply lrmd_origin="process_lrmd_message" lrmd_rc="0" lrmd_callid="2" lrmd_remote_msg_id="4" lrmd_remote_msg_type="reply"/>"#

    @Test func aFrameOfAGenuinePeerIsRead() throws {
        let header = hex("bddbdaba 01000000 02000000 00000000 00000000 00000000 a9000000 28000000 00000000 81000000")
        var decoder = RemoteFrameDecoder()
        decoder.append(header + Array(reply.utf8) + [0])
        #expect(try decoder.next() == Array(reply.utf8))
        #expect(try decoder.next() == nil)
        #expect(!decoder.isInsideMessage)
    }

    @Test func ourHeaderIsTheOneGenuinePeersSend() throws {
        var encoder = RemoteFrameEncoder()
        _ = try encoder.encode(Array("<a/>".utf8))
        let frame = try encoder.encode(Array(reply.utf8))
        #expect(frame.header == hex("bddbdaba 01000000 02000000 00000000 00000000 00000000 a9000000 28000000 00000000 81000000"))
        #expect(frame.payload == Array(reply.utf8) + [0])
    }

    @Test func theOtherByteOrderIsRead() throws {
        let header = hex("badadbbd 00000001 00000000 00000001 00000000 00000000 0000002d 00000028 00000000 00000005")
        var decoder = RemoteFrameDecoder()
        decoder.append(header + Array("<a/>".utf8) + [0])
        #expect(try decoder.next() == Array("<a/>".utf8))
    }

    @Test(arguments: [1, 7, 39, 40, 41, 4096]) func anySegmentationIsFine(size: Int) throws {
        var encoder = RemoteFrameEncoder()
        var wire: [UInt8] = []
        let texts = ["<a/>", String(repeating: "x", count: 10_000), reply]
        for text in texts {
            let frame = try encoder.encode(Array(text.utf8))
            wire += frame.header + frame.payload
        }
        var decoder = RemoteFrameDecoder()
        var received: [String] = []
        var index = 0
        while index < wire.count {
            let end = min(wire.count, index + size)
            decoder.append(Array(wire[index..<end]))
            while let text = try decoder.next() { received.append(String(decoding: text, as: UTF8.self)) }
            index = end
        }
        #expect(received == texts)
    }

    @Test func compressedPayloadsAreUnpacked() throws {
        let packed = hex(
            "425a6839314159265359dfa2a4ee000001d9804000000080054244804"
                + "02000212a1e8328400c12a4c8cdc640be4f8bb9229c28486fd1527700")
        let text = "<hello>" + String(repeating: "x", count: 100) + "</hello>"
        var decoder = RemoteFrameDecoder()
        var header = hex("bddbdaba 01000000 01000000 00000000 00000000 00000000 00000000 28000000 00000000 74000000")
        header[24] = UInt8(40 + packed.count)
        header[32] = UInt8(packed.count)
        decoder.append(header + packed)
        #expect(try decoder.next() == Array(text.utf8))
    }

    @Test func strangersAreTurnedAway() {
        var decoder = RemoteFrameDecoder()
        decoder.append(Array("GET / HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n".utf8))
        #expect(throws: FrameError.self) { _ = try decoder.next() }
    }

    @Test func hugeAndInconsistentSizesAreRefusedFromTheHeaderAlone() {
        let cases = [
            // Total size beyond the limit.
            "bddbdaba 01000000 01000000 00000000 00000000 00000000 ffffff7f 28000000 00000000 d7ffff7f",
            // The payload is not as long as the total says.
            "bddbdaba 01000000 01000000 00000000 00000000 00000000 f8000000 28000000 00000000 10000000",
            // Payload somewhere else.
            "bddbdaba 01000000 01000000 00000000 00000000 00000000 f8000000 50000000 00000000 d0000000",
            // A small compressed payload that would unpack to gigabytes.
            "bddbdaba 01000000 01000000 00000000 00000000 00000000 38000000 28000000 10000000 ffffff7f",
            // No payload at all.
            "bddbdaba 01000000 01000000 00000000 00000000 00000000 28000000 28000000 00000000 00000000",
        ]
        for text in cases {
            var decoder = RemoteFrameDecoder()
            decoder.append(hex(text))
            #expect(throws: FrameError.self, "\(text)") { _ = try decoder.next() }
        }
    }

    @Test func textBeyondTheLimitOfPeersIsNotSent() {
        var encoder = RemoteFrameEncoder()
        let text = [UInt8](repeating: 65, count: RemoteFrame.maximumSize)
        #expect(throws: FrameError.self) { _ = try encoder.encode(text) }
    }
}

@Suite struct WireTextTests {
    private func value(_ text: String) throws -> String? { try WireText.parse(Array(text.utf8))["v"] }

    @Test func oldPeersMayForgetToEscapeAfterAccents() throws {
        #expect(try value(#"<a v="éé<&> "x" y" w="1"/>"#) == #"éé<&> "x" y"#)
    }

    @Test func referencesToForbiddenCharactersDoNotLoseTheMessage() throws {
        #expect(try value(#"<a v="red &#x1B;[31m"/>"#) == "red ?[31m")
    }

    @Test func whatCannotBeRepairedIsAnError() {
        #expect(throws: (any Error).self) { _ = try value("<a v=") }
    }

    @Test func charactersThatXMLForbidsAreReplacedBeforeSending() {
        #expect(WireText.sanitized("a\u{1B}[0m\tb\n\u{FFFE}é") == "a?[0m\tb\n?é")
    }
}
