// SPDX-License-Identifier: GPL-2.0-or-later
// Regular expressions over names, as POSIX defines them.
import Glibc

/// Matches names against extended regular expressions.
package enum NamePattern {
    /// False also when the expression is not valid.
    package static func matches(_ pattern: String, _ name: String) -> Bool {
        var compiled = regex_t()
        guard regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB) == 0 else { return false }
        defer { regfree(&compiled) }
        return regexec(&compiled, name, 0, nil, 0) == 0
    }
}
