// SPDX-License-Identifier: GPL-2.0-or-later
// What the CIB engine is asked to do, and what it answers (spec: cluster-daemon-facts 2.3).
package import ClusterXML

/// Bits of `cib_callopt`.
package struct CIBOptions: OptionSet, Hashable, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    package static let verbose = CIBOptions(rawValue: 0x1)
    /// `section` is an XPath expression.
    package static let xpath = CIBOptions(rawValue: 0x2)
    /// All matches, not only the first.
    package static let multiple = CIBOptions(rawValue: 0x4)
    /// A modify may create its top element.
    package static let canCreate = CIBOptions(rawValue: 0x8)
    package static let discardReply = CIBOptions(rawValue: 0x10)
    package static let noChildren = CIBOptions(rawValue: 0x20)
    /// Answer with the addresses of what an XPath finds.
    package static let xpathAddress = CIBOptions(rawValue: 0x40)
    package static let mixedUpdate = CIBOptions(rawValue: 0x80)
    package static let localScope = CIBOptions(rawValue: 0x100)
    package static let dryRun = CIBOptions(rawValue: 0x200)
    package static let transaction = CIBOptions(rawValue: 0x400)
    /// Values such as `name++` are computed.
    package static let scoreUpdate = CIBOptions(rawValue: 0x800)
    package static let synchronous = CIBOptions(rawValue: 0x1000)
    /// Do not note who changed the CIB and when.
    package static let noModificationTime = CIBOptions(rawValue: 0x2000)
    package static let inhibitNotification = CIBOptions(rawValue: 0x10000)
    package static let quorumOverride = CIBOptions(rawValue: 0x100000)
}

/// One operation on a CIB.
package struct CIBRequest: Sendable {
    /// The value of `cib_op`, for example `cib_modify`.
    package var operation: String
    /// The name of a section, or an XPath if `options` says so; nil is the whole CIB.
    package var section: String?
    package var options: CIBOptions
    package var data: XMLElement?
    /// Who asks, for access lists; nil and privileged users may do everything.
    package var user: String?
    /// The groups of that user on the host it acts from, for `acl_group` entries.
    package var groups: [String] = []
    /// The caller is trusted whatever its name says (the cluster's own parts).
    package var isPrivileged: Bool
    /// The name of the program that asks, for `update-client`.
    package var client: String?
    /// The node the request comes from, for `update-origin`.
    package var origin: String?
    /// For `cib_replace`: the digest that the data must have (`digest` of the request).
    package var digest: String?
    /// For `cib_upgrade`: the newest schema that may be used (`cib_schema_max`).
    package var schemaLimit: String?
    /// For `cib_replace`: the versions of the data count as they are (`cib_update="true"`).
    package var keepsVersions: Bool

    package init(
        _ operation: String, section: String? = nil, options: CIBOptions = [], data: XMLElement? = nil,
        user: String? = nil, isPrivileged: Bool = false, client: String? = nil, origin: String? = nil,
        digest: String? = nil, schemaLimit: String? = nil, keepsVersions: Bool = false
    ) {
        self.operation = operation
        self.section = section
        self.options = options
        self.data = data
        self.user = user
        self.isPrivileged = isPrivileged
        self.client = client
        self.origin = origin
        self.digest = digest
        self.schemaLimit = schemaLimit
        self.keepsVersions = keepsVersions
    }
}

/// What came of a request.
package struct CIBAnswer: Sendable {
    /// What part of the CIB is another one now.
    package enum Change: Sendable, Equatable {
        case none
        /// Only what is not kept on disk: `status`, or attributes of `cib` alone.
        case status
        case configuration
    }

    /// 0, or a negative error number (`CIBError.rawValue`).
    package var rc: Int
    package var data: XMLElement?
    package var change: Change
    /// Sentences for people about an error: what does not conform to the grammar, what is denied.
    package var details: [String]
    /// What a schema upgrade did.
    package var notes: [UpgradeNote]

    package init(
        rc: Int = 0, data: XMLElement? = nil, change: Change = .none, details: [String] = [], notes: [UpgradeNote] = []
    ) {
        self.rc = rc
        self.data = data
        self.change = change
        self.details = details
        self.notes = notes
    }

    package var error: CIBError? { rc == 0 ? nil : CIBError(rawValue: rc) ?? .generic }
}

/// Errors of CIB operations, with the numbers that go over the wire.
package enum CIBError: Int, Error, Sendable {
    case notPermitted = -1
    case noSuchObject = -6
    case permissionDenied = -13
    case exists = -17
    case invalid = -22
    case timeout = -62
    case protocolError = -71
    case notUnique = -76
    case notConnected = -107
    case notSupported = -95
    case generic = -201
    case notValid = -203
    case upgradeFailed = -204
    case oldData = -205
    case patchFailed = -206
    case patchResync = -207
    case notSaved = -210
    case schemaUnchanged = -211

    /// The text that tools print.
    package var text: String {
        switch self {
        case .notPermitted: "Operation not permitted"
        case .noSuchObject: "No such device or address"
        case .permissionDenied: "Permission denied"
        case .exists: "File exists"
        case .invalid: "Invalid argument"
        case .timeout: "Timer expired"
        case .protocolError: "Protocol error"
        case .notUnique: "Name not unique on network"
        case .notConnected: "Transport endpoint is not connected"
        case .notSupported: "Operation not supported"
        case .generic: "Error"
        case .notValid: "Update does not conform to the configured schema"
        case .upgradeFailed: "Schema upgrade failed"
        case .oldData: "Update was older than existing configuration"
        case .patchFailed: "Application of update diff failed"
        case .patchResync: "Application of update diff failed, requesting full refresh"
        case .notSaved: "Could not save new configuration to disk (is it full? The log of the cluster host says why)"
        case .schemaUnchanged: "Schema is already the latest available"
        }
    }

    package var exitCode: ExitCode {
        switch self {
        case .noSuchObject: .noSuchObject
        case .permissionDenied: .insufficientPrivileges
        case .exists: .exists
        case .invalid: .software
        case .timeout: .timeout
        case .protocolError: .protocolError
        case .notUnique: .multipleMatch
        case .notConnected: .disconnected
        case .notSupported: .unimplemented
        case .notValid, .upgradeFailed: .configuration
        case .oldData: .old
        case .patchFailed: .error
        case .patchResync, .generic, .notPermitted: .error
        case .notSaved: .ioError
        case .schemaUnchanged: .ok
        }
    }
}
