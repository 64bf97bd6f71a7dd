// SPDX-License-Identifier: GPL-2.0-or-later
// Loads GnuTLS for the first process that opens a TLS connection; see CGnuTLS for why it is not linked.
import CGnuTLS
import Glibc

enum GnuTLS {
    /// The functions, and why they cannot be had. Loaded once; the library stays.
    private static let loaded: (functions: gnutls_functions, problem: String?) = {
        var functions = gnutls_functions()
        // The name with the version of the interface, which the development package's plain link does not have to exist for.
        guard let library = dlopen("libgnutls.so.30", RTLD_NOW | RTLD_LOCAL) else {
            return (functions, dlerror().map { String(cString: $0) } ?? "libgnutls.so.30 cannot be loaded")
        }
        let missing = gnutls_functions_find(&functions, library)
        return (functions, missing.map { "libgnutls.so.30 has no function \(String(cString: $0))" })
    }()

    /// Must have succeeded before `functions` is used: making `Credentials` does.
    static func load() throws(TLSError) {
        if let problem = loaded.problem {
            throw TLSError(code: 0, step: "loading GnuTLS, which TLS connections need: \(problem)")
        }
    }

    fileprivate static var functions: gnutls_functions { loaded.functions }
}

/// GnuTLS's functions by their names without the prefix.
var gnutls: gnutls_functions { GnuTLS.functions }
