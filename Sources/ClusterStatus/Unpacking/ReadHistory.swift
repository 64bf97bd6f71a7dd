// SPDX-License-Identifier: GPL-2.0-or-later
// Operation history from its elements: every number parsed once, attributes matched by their usual order.

import CIBModel
package import ClusterXML

/// Attributes of `lrm_rsc_op` the scheduler reads.
private enum OperationField: UInt8 {
    case ignored, id, key, task, interval, callID, rc, status, lastRCChange, execTime, queueTime, exitReason, onNode
    case migrateSource, migrateTarget, transitionKey, transitionMagic, featureSet, digest, restartDigest, secureDigest
    case forceRestart, secureParameters

    /// The text an attribute is kept as; nil for numbers.
    var text: OperationText? {
        switch self {
        case .ignored, .interval, .callID, .rc, .status, .lastRCChange: nil
        case .id: .id
        case .key: .key
        case .task: .task
        case .execTime: .execTime
        case .queueTime: .queueTime
        case .exitReason: .exitReason
        case .onNode: .onNode
        case .migrateSource: .migrateSource
        case .migrateTarget: .migrateTarget
        case .transitionKey: .transitionKey
        case .transitionMagic: .transitionMagic
        case .featureSet: .featureSet
        case .digest: .digest
        case .restartDigest: .restartDigest
        case .secureDigest: .secureDigest
        case .forceRestart: .forceRestart
        case .secureParameters: .secureParameters
        }
    }

    static let byName: [String: OperationField] = [
        "id": .id, "operation_key": .key, "operation": .task, "interval": .interval, "call-id": .callID, "rc-code": .rc,
        "op-status": .status, "last-rc-change": .lastRCChange, "exec-time": .execTime, "queue-time": .queueTime,
        "exit-reason": .exitReason, "on_node": .onNode, "migrate_source": .migrateSource, "migrate_target": .migrateTarget,
        "transition-key": .transitionKey, "transition-magic": .transitionMagic, "crm_feature_set": .featureSet,
        "op-digest": .digest, "op-restart-digest": .restartDigest, "op-secure-digest": .secureDigest,
        "op-force-restart": .forceRestart, "op-secure-params": .secureParameters,
    ]
}

/// Reads `lrm_resource` elements. Operations look alike, so what was found out about the attributes of the last one, which of
/// them means what, holds for the next one as well if their names are the same.
struct HistoryReader {
    /// The attributes of an operation: their names, and where each field is.
    private struct Shape {
        var names: [String] = []
        var texts = OperationTextPositions()
        var numbers: [(field: OperationField, index: Int)] = []

        func fits(_ attributes: [XMLAttribute]) -> Bool {
            guard names.count == attributes.count else { return false }
            for index in names.indices where names[index] != attributes[index].name { return false }
            return true
        }
    }
    private var shape = Shape()

    mutating func entry(_ element: XMLElement, node: NodeIndex) -> HistoryEntry? {
        var entries: ContiguousArray<HistoryEntry> = []
        read(element, node: node, into: &entries)
        return entries.first
    }

    /// Appends what an element says; nothing if it has no id.
    mutating func read(_ element: XMLElement, node: NodeIndex, into entries: inout ContiguousArray<HistoryEntry>) {
        var entry = HistoryEntry(node: node, id: "")
        var (standard, provider, type): (String?, String?, String?) = (nil, nil, nil)
        var hasID = false
        for attribute in element.attributes {
            switch attribute.name.utf8.count {  // What a name can be; comparing it with all of them takes longer.
            case 2 where attribute.name == "id":
                entry.id = attribute.value
                hasID = true
            case 5 where attribute.name == "class": standard = attribute.value
            case 8 where attribute.name == "provider": provider = attribute.value
            case 4 where attribute.name == "type": type = attribute.value
            case 9 where attribute.name == "container": entry.container = attribute.value
            case 13 where attribute.name == "shutdown-lock": entry.shutdownLock = Scan.epoch(attribute.value)
            default: break
            }
        }
        guard hasID else { return }
        if let standard { entry.agent = Agent(standard: standard, provider: provider, type: type ?? "") }
        entry.operations.reserveCapacity(element.children.count)
        for position in element.children.indices where element.children[position].name == "lrm_rsc_op" {
            entry.operations.append(operation(element.children[position].attributes, position))
        }
        entries.append(entry)
    }

    mutating func operation(_ attributes: [XMLAttribute], _ position: Int) -> OperationResult {
        if !shape.fits(attributes) { shape = Self.shape(of: attributes) }
        var result = OperationResult(attributes: attributes, positions: shape.texts)
        result.position = Int32(truncatingIfNeeded: position)
        for (field, index) in shape.numbers {
            switch field {
            case .task: result.task = HistoryTask(attributes[index].value)
            case .interval: result.intervalMs = Scan.integer(attributes[index].value).map { UInt32(clamping: $0) } ?? 0
            case .callID: result.callID = Scan.integer(attributes[index].value).map { Int32(clamping: $0) } ?? -1
            case .rc: result.rc = Scan.integer(attributes[index].value).map { Int32(clamping: $0) } ?? -2
            case .status: result.status = Scan.integer(attributes[index].value).map { Int32(clamping: $0) } ?? .min
            case .lastRCChange:
                result.lastRCChange = Scan.integer(attributes[index].value).map(Scan.epoch) ?? -1
            case .transitionKey: result.expectedRC = TransitionKey.expectedRC(attributes[index].value) ?? -1
            default: break
            }
        }
        return result
    }

    private static func shape(of attributes: [XMLAttribute]) -> Shape {
        var shape = Shape()
        shape.names = attributes.map(\.name)
        for index in attributes.indices {
            let field = OperationField.byName[attributes[index].name] ?? .ignored
            if let text = field.text { shape.texts[text] = index }
            switch field {
            case .task, .interval, .callID, .rc, .status, .lastRCChange, .transitionKey: shape.numbers.append((field, index))
            default: break
            }
        }
        return shape
    }
}

extension OperationResult {
    /// One operation, read from its `lrm_rsc_op`.
    package init(reading element: XMLElement) {
        var reader = HistoryReader()
        self = reader.operation(element.attributes, 0)
    }
}

/// `ACTION:TRANSITION:EXPECTED:UUID`.
package struct TransitionKey: Sendable, Equatable {
    package var action: Int32
    package var transition: Int32
    package var expectedRC: Int32
    package var uuid: Substring

    package init?(_ text: some StringProtocol) {
        var numbers: (Int32, Int32, Int32) = (0, 0, 0)
        var rest = Substring(text)
        for position in 0..<3 {
            guard let colon = rest.utf8.firstIndex(of: UInt8(ascii: ":")),
                let value = Self.number(rest.utf8[rest.startIndex..<colon])
            else { return nil }
            switch position {
            case 0: numbers.0 = value
            case 1: numbers.1 = value
            default: numbers.2 = value
            }
            rest = rest[rest.utf8.index(after: colon)...]
        }
        guard !rest.isEmpty else { return nil }
        (action, transition, expectedRC) = numbers
        uuid = rest
    }

    /// The third number of a key, or nil if the text is none: what is asked of each operation of a history.
    static func expectedRC(_ text: String) -> Int32? {
        var text = text
        return text.withUTF8 { bytes in
            var begin = 0
            var third: Int32?
            for _ in 0..<3 {
                guard let colon = bytes[begin...].firstIndex(of: UInt8(ascii: ":")), let value = number(bytes[begin..<colon])
                else { return nil }
                third = value
                begin = colon + 1
            }
            return begin < bytes.count ? third : nil
        }
    }

    private static func number(_ bytes: some Collection<UInt8>) -> Int32? {
        var value: Int64 = 0
        var negative = false
        var digits = 0
        for (offset, byte) in bytes.enumerated() {
            if offset == 0, byte == UInt8(ascii: "-") {
                negative = true
                continue
            }
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = min(value * 10 + Int64(byte - 0x30), 1 << 33)
            digits += 1
        }
        return digits == 0 ? nil : Int32(clamping: negative ? -value : value)
    }

    /// The key within a `transition-magic` (`STATUS:RC;KEY`).
    package static func inMagic(_ magic: String) -> TransitionKey? {
        guard let semicolon = magic.utf8.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        return TransitionKey(magic[magic.utf8.index(after: semicolon)...])
    }
}
