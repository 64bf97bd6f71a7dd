// SPDX-License-Identifier: GPL-2.0-or-later
// Rewrites command lines of the habits that scripts have into the form the argument parser takes.

/// Splits clusters of short options and `--name=value`, so that `-1m2` and `--update=` work as they always did.
package enum LegacyArguments {
    /// - Parameters:
    ///   - arguments: the words after the role's name.
    ///   - valueLetters: short options that take a value; the rest of a cluster after one is its value.
    package static func normalized(_ arguments: [String], valueLetters: String) -> [String] {
        var result: [String] = []
        var awaitingValue = false
        var passThrough = false
        for word in arguments {
            if passThrough || awaitingValue || !word.hasPrefix("-") || word == "-" {
                result.append(word)
                awaitingValue = false
            } else if word == "--" {
                passThrough = true
                result.append(word)
            } else if word.hasPrefix("--") {
                result += splitLong(word)
            } else {
                let (words, waits) = splitCluster(word, valueLetters: valueLetters)
                result += words
                awaitingValue = waits
            }
        }
        return result
    }

    /// `--update=` becomes `--update` and an empty word; a value that is not empty stays joined.
    private static func splitLong(_ word: String) -> [String] {
        guard let equals = word.firstIndex(of: "="), word.index(after: equals) == word.endIndex else { return [word] }
        return [String(word[..<equals]), ""]
    }

    /// `-1m2` becomes `-1 -m 2`. A negative number is a value, not a cluster.
    private static func splitCluster(_ word: String, valueLetters: String) -> ([String], Bool) {
        let letters = Array(word.dropFirst())
        guard let first = letters.first, !valueLetters.isEmpty else { return ([word], false) }
        if first.isNumber, letters.count > 1, letters.dropFirst().allSatisfy(\.isNumber) { return ([word], false) }
        var words: [String] = []
        for (index, letter) in letters.enumerated() {
            words.append("-\(letter)")
            guard valueLetters.contains(letter) else { continue }
            let rest = String(letters[(index + 1)...])
            if rest.isEmpty { return (words, true) }
            return (words + [rest.hasPrefix("=") ? String(rest.dropFirst()) : rest], false)
        }
        return (words, false)
    }
}
