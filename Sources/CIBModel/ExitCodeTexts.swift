// SPDX-License-Identifier: GPL-2.0-or-later
// Names and descriptions of exit statuses, as `crm_error` prints them and as result frames carry them (cli-tools §2).

extension ExitCode {
    /// The symbolic name, for example `CRM_EX_NOSUCH`.
    package var symbol: String { entry.symbol }

    /// What the status means, for people, for example `No such object`.
    package var text: String { entry.text }

    /// The description of any number that a process can return, known to us or not.
    package static func text(for status: Int32) -> String {
        if let code = ExitCode(rawValue: status) { return code.text }
        return (129...254).contains(status) ? "Interrupted by signal" : "Unknown exit status"
    }

    private var entry: (symbol: String, text: String) {
        switch self {
        case .ok: ("CRM_EX_OK", "OK")
        case .error: ("CRM_EX_ERROR", "Error occurred")
        case .invalidParameter: ("CRM_EX_INVALID_PARAM", "Invalid parameter")
        case .unimplemented: ("CRM_EX_UNIMPLEMENT_FEATURE", "Unimplemented")
        case .insufficientPrivileges: ("CRM_EX_INSUFFICIENT_PRIV", "Insufficient privileges")
        case .notInstalled: ("CRM_EX_NOT_INSTALLED", "Not installed")
        case .notConfigured: ("CRM_EX_NOT_CONFIGURED", "Not configured")
        case .notRunning: ("CRM_EX_NOT_RUNNING", "Not running")
        case .promoted: ("CRM_EX_PROMOTED", "Promoted")
        case .failedPromoted: ("CRM_EX_FAILED_PROMOTED", "Failed in promoted role")
        case .usage: ("CRM_EX_USAGE", "Incorrect usage")
        case .dataError: ("CRM_EX_DATAERR", "Invalid data given")
        case .noInput: ("CRM_EX_NOINPUT", "Input file not available")
        case .noUser: ("CRM_EX_NOUSER", "User does not exist")
        case .noHost: ("CRM_EX_NOHOST", "Host does not exist")
        case .unavailable: ("CRM_EX_UNAVAILABLE", "Necessary service unavailable")
        case .software: ("CRM_EX_SOFTWARE", "Internal software bug")
        case .osError: ("CRM_EX_OSERR", "Operating system error occurred")
        case .osFile: ("CRM_EX_OSFILE", "System file not available")
        case .cannotCreate: ("CRM_EX_CANTCREAT", "Cannot create output file")
        case .ioError: ("CRM_EX_IOERR", "I/O error occurred")
        case .tryAgain: ("CRM_EX_TEMPFAIL", "Temporary failure, try again")
        case .protocolError: ("CRM_EX_PROTOCOL", "Protocol violated")
        case .noPermission: ("CRM_EX_NOPERM", "Insufficient privileges")
        case .configuration: ("CRM_EX_CONFIG", "Invalid configuration")
        case .fatal: ("CRM_EX_FATAL", "Fatal error occurred, will not respawn")
        case .panic: ("CRM_EX_PANIC", "System panic required")
        case .disconnected: ("CRM_EX_DISCONNECT", "Not connected")
        case .old: ("CRM_EX_OLD", "Update was older than existing configuration")
        case .digestMismatch: ("CRM_EX_DIGEST", "Digest mismatch")
        case .noSuchObject: ("CRM_EX_NOSUCH", "No such object")
        case .quorumRequired: ("CRM_EX_QUORUM", "Quorum required")
        case .unsafe: ("CRM_EX_UNSAFE", "Operation not safe")
        case .exists: ("CRM_EX_EXISTS", "Requested item already exists")
        case .multipleMatch: ("CRM_EX_MULTIPLE", "Multiple items match request")
        case .expired: ("CRM_EX_EXPIRED", "Requested item has expired")
        case .notYetInEffect: ("CRM_EX_NOT_YET_IN_EFFECT", "Requested item is not yet in effect")
        case .indeterminate: ("CRM_EX_INDETERMINATE", "Could not determine status")
        case .unsatisfied: ("CRM_EX_UNSATISFIED", "Not applicable under current conditions")
        case .noDC: ("CRM_EX_NO_DC", "DC is not yet elected")
        case .timeout: ("CRM_EX_TIMEOUT", "Timeout occurred")
        case .degraded: ("CRM_EX_DEGRADED", "Service is active but might fail soon")
        case .degradedPromoted: ("CRM_EX_DEGRADED_PROMOTED", "Service is promoted but might fail soon")
        case .none: ("CRM_EX_NONE", "No exit status available")
        case .maximum: ("CRM_EX_MAX", "Error occurred")
        }
    }
}
