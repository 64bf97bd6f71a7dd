// SPDX-License-Identifier: GPL-2.0-or-later
// The exit statuses of every command. Scripts depend on the numbers.

/// Exit statuses, in the numbering that Pacemaker's tools use (OCF, sysexits and their own range).
package enum ExitCode: Int32, Sendable, CaseIterable {
    case ok = 0
    case error = 1
    case invalidParameter = 2
    case unimplemented = 3
    case insufficientPrivileges = 4
    case notInstalled = 5
    case notConfigured = 6
    case notRunning = 7
    case promoted = 8
    case failedPromoted = 9
    case usage = 64
    case dataError = 65
    case noInput = 66
    case noUser = 67
    case noHost = 68
    case unavailable = 69
    case software = 70
    case osError = 71
    case osFile = 72
    case cannotCreate = 73
    case ioError = 74
    case tryAgain = 75
    case protocolError = 76
    case noPermission = 77
    case configuration = 78
    case fatal = 100
    case panic = 101
    case disconnected = 102
    case old = 103
    case digestMismatch = 104
    case noSuchObject = 105
    case quorumRequired = 106
    case unsafe = 107
    case exists = 108
    case multipleMatch = 109
    case expired = 110
    case notYetInEffect = 111
    case indeterminate = 112
    case unsatisfied = 113
    case noDC = 114
    case timeout = 124
    case degraded = 190
    case degradedPromoted = 191
    case none = 193
    case maximum = 255
}
