// swift-tools-version: 6.1
// SPDX-License-Identifier: GPL-2.0-or-later
import Glibc
import PackageDescription

/// Settings every target shares: language mode 6 comes with the tools version.
let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// Settings of what is shipped: in a release each function has a section of its own, so that the linker can leave out those that
/// nobody calls and put together those that run.
let shipped: [SwiftSetting] = settings + [.unsafeFlags(["-Xfrontend", "-function-sections"], .when(configuration: .release))]

/// Puts the functions that tools run side by side in a release: 3 MB less of the program is resident. `Tests/Benchmarks/function-order`
/// makes the list; without it the program is the same, its functions stand as they come.
let ordering: [LinkerSetting] = {
    let list = Context.packageDirectory + "/Sources/clusterctl/function-order.txt"
    guard access(list, R_OK) == 0 else { return [] }
    let flags = ["-Xlinker", "--symbol-ordering-file=" + list, "-Xlinker", "--no-warn-symbol-ordering"]
    return [.unsafeFlags(flags, .when(configuration: .release))]
}()

/// The toolchain's own linker: the system's warns about a function deep inside the static Foundation archive that the argument
/// parser brings. Packed relocations take 1.2 MB off every process; they need glibc 2.36, that of Debian 12. Nobody links to the
/// program, so it exports nothing: names cost memory and time at each start.
let linking: [LinkerSetting] = [
    .unsafeFlags([
        "-use-ld=lld", "-Xlinker", "-z", "-Xlinker", "pack-relative-relocs", "-Xlinker", "--no-export-dynamic",
    ])
] + ordering

func layer(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: shipped)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "clusterctl",
    products: [.executable(name: "clusterctl", targets: ["clusterctl"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CGnuTLS"),
        .systemLibrary(name: "CNettle"),
        .systemLibrary(name: "CLinux"),

        layer("ClusterXML", ["CLibXML2"]),
        layer("CIBModel", ["ClusterXML", "CNettle"]),
        layer("ClusterStatus", ["CIBModel"]),
        layer("Messages", ["CIBModel"]),
        layer("ConfigurationLanguage", ["CIBModel"]),
        layer("Scheduling", ["ClusterStatus"]),
        layer("Reports", ["ClusterStatus", "Scheduling"]),
        layer("NodeCore", ["Scheduling", "Messages"]),
        layer("PresharedTLS", ["CGnuTLS"]),
        layer("Client", ["Messages", "PresharedTLS"]),
        layer("NodeRuntime", ["NodeCore", "PresharedTLS", "CLinux"]),
        layer("Simulation", ["NodeCore"]),
        layer(
            "Commands",
            ["Reports", "NodeRuntime", "Client", "ConfigurationLanguage", argumentParser]),
        .executableTarget(
            name: "clusterctl", dependencies: ["Commands"], exclude: ["function-order.txt"], swiftSettings: settings, linkerSettings: linking),
        .executableTarget(name: "simulate", dependencies: ["Simulation"], path: "Tests/Simulator", swiftSettings: settings),

        tests("PresharedTLSTests", ["PresharedTLS"]),
        tests("NodeRuntimeTests", ["NodeRuntime"]),
        tests("NodeCoreTests", ["NodeCore"]),
        tests("SchedulingTests", ["Scheduling"]),
        tests("MessagesTests", ["Messages"]),
        tests("ArchitectureTests", ["Commands"]),
        tests("ReportsTests", ["Reports"]),
        tests("LabTests", []),
        tests("FaultTests", ["clusterctl", "PresharedTLS", "Messages", "CLinux"]),
        tests("RecordedCasesTests", ["clusterctl"]),
        tests("SimulationTests", ["Simulation"]),
        tests("ClusterXMLTests", ["CIBModel"]),
        tests("CIBModelTests", ["CIBModel"]),
        tests("ClusterStatusTests", ["ClusterStatus"]),
        tests("ConfigurationLanguageTests", ["ConfigurationLanguage"]),
        tests("CommandsTests", ["Commands"]),
    ]
)
