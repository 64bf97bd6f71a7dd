// SPDX-License-Identifier: GPL-2.0-or-later
// POSIX extended regular expressions over resource ids, as `rsc-pattern` uses them (scheduler spec 11.1).

import Glibc

/// A compiled pattern.
struct ResourcePattern: ~Copyable {
    private var compiled = regex_t()

    /// Nil if the pattern is not valid.
    init?(_ pattern: String) {
        guard regcomp(&compiled, pattern, REG_EXTENDED) == 0 else { return nil }
    }

    deinit {
        var released = compiled
        regfree(&released)
    }

    /// The match and its groups, or nil. Groups that took no part are empty.
    func match(_ text: String) -> [String]? {
        var expression = compiled
        let groups = min(Int(expression.re_nsub) + 1, 10)
        var ranges = [regmatch_t](repeating: regmatch_t(), count: groups)
        guard regexec(&expression, text, ranges.count, &ranges, 0) == 0 else { return nil }
        let bytes = Array(text.utf8)
        return ranges.map { range in
            let (from, to) = (Int(range.rm_so), Int(range.rm_eo))
            guard from >= 0, to >= from, to <= bytes.count else { return "" }
            return String(decoding: bytes[from..<to], as: UTF8.self)
        }
    }
}
