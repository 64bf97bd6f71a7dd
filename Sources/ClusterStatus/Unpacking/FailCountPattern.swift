// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes of fail counts found as the reference finds them, with the resource's name inserted into a regular expression
// unescaped (scheduler spec section 10). Only names with special characters need it; `db.1` matches the counts of `dbx1`, too.

import Glibc

/// The two extended regular expressions of a resource's fail counts and last failures.
final class FailCountPattern {
    private var counts = regex_t()
    private var failures = regex_t()

    /// Whether a name means something else in a regular expression than itself.
    static func isNeeded(for name: String) -> Bool {
        name.utf8.contains { byte in
            switch byte {
            case UInt8(ascii: "."), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "{"),
                UInt8(ascii: "}"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "|"), UInt8(ascii: "^"),
                UInt8(ascii: "$"), UInt8(ascii: "\\"):
                true
            default: false
            }
        }
    }

    /// Nil when the name is no valid regular expression: then no failures are found.
    /// - Parameter isUnique: false accepts an instance number after the name.
    init?(_ name: String, isUnique: Bool) {
        let rest = "\(name)\(isUnique ? "" : "(:[0-9]+)?")#.+_[0-9]+$"
        guard regcomp(&counts, "^fail-count-\(rest)", REG_EXTENDED | REG_NOSUB) == 0 else { return nil }
        guard regcomp(&failures, "^last-failure-\(rest)", REG_EXTENDED | REG_NOSUB) == 0 else {
            regfree(&counts)
            return nil
        }
    }

    deinit {
        regfree(&counts)
        regfree(&failures)
    }

    /// Whether the name of a node attribute is one of the resource's.
    func matches(_ attribute: String) -> Bool {
        attribute.hasPrefix("fail-count-") || !attribute.hasPrefix("last-failure-")
            ? regexec(&counts, attribute, 0, nil, 0) == 0 : regexec(&failures, attribute, 0, nil, 0) == 0
    }
}
