// SPDX-License-Identifier: GPL-2.0-or-later
// The numbers that functions of cluster software return, with names and texts: three numberings besides exit statuses.
import CIBModel
import Glibc

/// One known number.
struct ReturnCode {
    var code: Int32
    var name: String
    var text: String
}

enum ReturnCodes {
    /// Exit statuses of tools.
    static let exit: [ReturnCode] = ExitCode.allCases.filter { $0 != .maximum }.map {
        ReturnCode(code: $0.rawValue, name: $0.symbol, text: $0.text)
    }

    /// Negative numbers of their own, 0, and the system's errors.
    static let standard: [ReturnCode] =
        own.enumerated().reversed().map { ReturnCode(code: -1001 - Int32($0), name: "pcmk_rc_\($1.0)", text: $1.1) }
        + [ReturnCode(code: 0, name: "pcmk_rc_ok", text: "OK")] + system

    /// Numbers of older functions: the system's errors and some from 201.
    static let legacy: [ReturnCode] =
        [ReturnCode(code: 0, name: "pcmk_ok", text: "OK")] + system
        + older.enumerated().map { ReturnCode(code: 201 + Int32($0), name: "pcmk_err_\($1.0)", text: $1.1) }

    /// The errors of the operating system.
    static let system: [ReturnCode] = {
        typealias NameOfError = @convention(c) (Int32) -> UnsafePointer<CChar>?
        // glibc has the names, but not in its headers as Swift sees them.
        let lookup = dlsym(nil, "strerrorname_np").map { unsafeBitCast($0, to: NameOfError.self) }
        return (Int32(1)..<200).compactMap { (code: Int32) -> ReturnCode? in
            guard let name = lookup?(code) else { return nil }
            return ReturnCode(code: code, name: String(cString: name), text: String(cString: strerror(code)))
        }
    }()

    /// From -1001 downwards.
    private static let own: [(String, String)] = [
        ("error", "Error"), ("unknown_format", "Unknown output format"), ("bad_nvpair", "Bad name/value pair given"),
        ("already", "Already in requested state"), ("node_unknown", "Node not found"),
        ("multiple", "Resource active on multiple nodes"), ("cib_corrupt", "Could not parse on-disk configuration"),
        ("cib_save", "Could not save new configuration to disk"), ("cib_backup", "Could not archive previous configuration"),
        ("cib_modified", "On-disk configuration was manually modified"),
        ("diff_resync", "Application of update diff failed, requesting full refresh"),
        ("diff_failed", "Application of update diff failed"), ("old_data", "Update was older than existing configuration"),
        ("transform_failed", "Schema transform failed"), ("schema_unchanged", "Schema is already the latest available"),
        ("schema_validation", "Update does not conform to the configured schema"), ("no_quorum", "Operation requires quorum"),
        ("ipc_unauthorized", "IPC server is blocked by unauthorized process"), ("ipc_unresponsive", "IPC server is unresponsive"),
        ("ipc_pid_only", "IPC server process is active but not accepting connections"),
        ("op_unsatisfied", "Not applicable under current conditions"), ("undetermined", "Result undetermined"),
        ("before_range", "Result occurs before given range"), ("within_range", "Result occurs within given range"),
        ("after_range", "Result occurs after given range"), ("no_output", "Output message produced no output"),
        ("no_input", "Input file not available"), ("underflow", "Value too small to be stored in data type"),
        ("dot_error", "Error writing dot(1) file"), ("graph_error", "Error writing graph file"),
        ("invalid_transition", "Cluster simulation produced invalid transition"), ("unpack_error", "Unable to parse CIB XML"),
        ("duplicate_id", "Two or more XML elements have the same ID"), ("disabled", "Disabled"),
        ("bad_input", "Bad input value provided"), ("bad_xml_patch", "Bad XML patch format"),
        ("no_transaction", "No active transaction found"), ("ns_resolution", "Nameserver resolution error"),
        ("compression", "Compression/decompression error"), ("no_dc", "DC is not yet elected"),
        ("ipc_more", "More IPC message fragments to send"), ("cs_internal", "Internal corosync error"),
        ("digest_mismatch", "Digest does not match expected value"),
    ]

    /// From 201 upwards.
    private static let older: [(String, String)] = [
        ("generic", "Error"), ("no_quorum", "Operation requires quorum"),
        ("schema_validation", "Update does not conform to the configured schema"),
        ("transform_failed", "Schema transform failed"), ("old_data", "Update was older than existing configuration"),
        ("diff_failed", "Application of update diff failed"),
        ("diff_resync", "Application of update diff failed, requesting full refresh"),
        ("cib_modified", "On-disk configuration was manually modified"),
        ("cib_backup", "Could not archive previous configuration"), ("cib_save", "Could not save new configuration to disk"),
        ("schema_unchanged", "Schema is already the latest available"),
        ("cib_corrupt", "Could not parse on-disk configuration"), ("multiple", "Resource active on multiple nodes"),
        ("node_unknown", "Node not found"), ("already", "Already in requested state"),
        ("bad_nvpair", "Bad name/value pair given"), ("unknown_format", "Unknown output format"),
    ]
}
