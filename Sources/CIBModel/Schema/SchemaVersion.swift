// SPDX-License-Identifier: GPL-2.0-or-later
// The versions of the CIB's grammar (spec: cib-schema section 2) and what `validate-with` may say.

/// A version of the CIB's grammar, such as 3.9 in `pacemaker-3.9`.
package struct SchemaVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let major: Int
    package let minor: Int

    package init(_ major: Int, _ minor: Int) {
        self.major = major
        self.minor = minor
    }

    /// Every version, oldest first.
    package static let all: [SchemaVersion] =
        [0, 2, 3].map { SchemaVersion(1, $0) } + (0...10).map { SchemaVersion(2, $0) }
        + (0...10).map { SchemaVersion(3, $0) } + [SchemaVersion(4, 0)]

    /// What new CIBs use and what upgrades aim at.
    package static let newest = SchemaVersion(4, 0)

    /// Reads a value of `validate-with`; nil unless it is exactly the name of a version we know.
    package init?(name: String) {
        guard let version = SchemaVersion.all.first(where: { $0.name == name }) else { return nil }
        self = version
    }

    /// The value of `validate-with`.
    package var name: String { "pacemaker-\(major).\(minor)" }
    package var description: String { name }

    /// The next newer version.
    package var next: SchemaVersion? {
        guard let index = SchemaVersion.all.firstIndex(of: self), index + 1 < SchemaVersion.all.count else { return nil }
        return SchemaVersion.all[index + 1]
    }

    package static func < (left: SchemaVersion, right: SchemaVersion) -> Bool {
        (left.major, left.minor) < (right.major, right.minor)
    }
}
