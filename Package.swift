// swift-tools-version: 6.2
import PackageDescription

/// Settings of every Swift target: see "The house" in the README.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableExperimentalFeature("Lifetimes"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
]

/// For a library that is loaded where there is no Swift: it brings the standard library along, and
/// keeps it to itself, as it does all but the functions of its header.
let selfContained = [
    "-static-stdlib", "-Xlinker",
    "--version-script=\(Context.packageDirectory)/Sources/BurrC/exports.map",
]

let package = Package(
    name: "burr",
    products: [
        .executable(name: "burr", targets: ["BurrCommand"]),
        .library(name: "Burr", targets: ["Burr"]),
        .executable(name: "burr-example", targets: ["BurrExample"]),
        .library(name: "BurrC", type: .dynamic, targets: ["BurrC"]),
        .executable(name: "burr-bench", targets: ["BurrBenchmarks"]),
        .executable(name: "burr-simulate", targets: ["BurrSimulate"]),
    ],
    targets: [
        .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CMicroHTTPD", providers: [.apt(["libmicrohttpd-dev"])]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CPage", exclude: ["page"]),
        .target(name: "CSystem", cSettings: [.define("_GNU_SOURCE")]),
        .target(name: "CSpecification", exclude: ["openapi.json"]),
        .target(name: "EventLog", dependencies: ["CLZ4", "CSystem"], swiftSettings: strict),
        .target(name: "StateDelta", swiftSettings: strict),
        .target(
            name: "Tracking",
            dependencies: ["EventLog", "StateDelta"],
            swiftSettings: strict
        ),
        .target(
            name: "Replay",
            dependencies: ["Tracking", "EventLog", "StateDelta", "CSystem"],
            swiftSettings: strict
        ),
        .target(
            name: "TrackingServer",
            dependencies: [
                "Replay", "Tracking", "EventLog", "StateDelta", "CMicroHTTPD", "CZlib", "CPage",
                "CSpecification",
            ],
            swiftSettings: strict
        ),
        .target(
            name: "Burr",
            dependencies: ["Replay", "Tracking", "EventLog", "StateDelta"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "BurrExample",
            dependencies: ["Burr"],
            path: "Tools/examples/swift",
            swiftSettings: strict
        ),
        .systemLibrary(name: "CBurr", path: "Sources/BurrC/include"),
        .target(
            name: "BurrC",
            dependencies: ["CBurr", "Replay", "Tracking", "EventLog", "StateDelta"],
            exclude: ["include", "exports.map"],
            swiftSettings: strict,
            linkerSettings: [.unsafeFlags(selfContained)]
        ),
        .executableTarget(
            name: "BurrCommand",
            dependencies: [
                "TrackingServer", "Replay", "Tracking", "EventLog", "StateDelta", "CSystem",
            ],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "BurrBenchmarks",
            dependencies: ["Burr", "Replay", "Tracking", "EventLog", "StateDelta"],
            path: "Tools/benchmarks/Sources/BurrBenchmarks",
            swiftSettings: strict
        ),
        .target(
            name: "Simulation",
            dependencies: ["EventLog"],
            path: "Tools/simulation/Sources/Simulation",
            swiftSettings: strict
        ),
        .target(
            name: "TrackerSimulation",
            dependencies: ["Simulation", "Replay", "Tracking", "EventLog", "StateDelta"],
            path: "Tools/simulation/Sources/TrackerSimulation",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "BurrSimulate",
            dependencies: [
                "Simulation", "TrackerSimulation", "Replay", "Tracking", "EventLog", "StateDelta",
            ],
            path: "Tools/simulation/Sources/BurrSimulate",
            swiftSettings: strict
        ),
        .testTarget(
            name: "EventLogTests",
            dependencies: ["EventLog", "Simulation"],
            swiftSettings: strict
        ),
        .target(name: "Generators", path: "Tests/Generators", swiftSettings: strict),
        .testTarget(
            name: "StateDeltaTests",
            dependencies: ["StateDelta", "Generators"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TrackingTests",
            dependencies: ["Tracking", "EventLog", "StateDelta"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "BurrTests",
            dependencies: ["Burr", "Replay", "Tracking", "EventLog", "StateDelta", "Generators"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "CommandTests",
            dependencies: ["BurrCommand", "StateDelta", "Tracking"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "TrackingServerTests",
            dependencies: ["TrackingServer", "Replay", "Tracking", "EventLog", "StateDelta"],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ReplayTests",
            dependencies: [
                "Generators", "Simulation", "TrackerSimulation", "Replay", "Tracking", "EventLog",
                "StateDelta",
            ],
            swiftSettings: strict
        ),
    ],
    cLanguageStandard: .c2x
)

// Only the toolchain's fuzzer can link this one: `Tools/fuzz` asks for it.
if Context.environment["BURR_FUZZ"] != nil {
    package.products.append(.executable(name: "burr-fuzz", targets: ["BurrFuzz"]))
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tools/fuzzers/CFuzzer"),
        .executableTarget(
            name: "BurrFuzz",
            dependencies: ["CFuzzer", "Replay", "Tracking", "EventLog", "StateDelta"],
            path: "Tools/fuzzers/Sources/BurrFuzz",
            swiftSettings: strict
        ),
    ]
}
