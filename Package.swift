// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A C library by its headers. None is linked: CLazyLibraries loads them when they are first called. The packages are
/// named here and in the Makefile's `DEBIAN_PACKAGES`.
func library(_ name: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", providers: [.apt([apt])])
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func suite(
    _ name: String, _ dependencies: [Target.Dependency], linking libraries: [String] = [],
    excluding excluded: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)", exclude: excluded,
        swiftSettings: settings,
        linkerSettings: libraries.map { .linkedLibrary($0) })
}

/// `make fuzz` asks for the fuzz targets as a program, for which libFuzzer has to be linked in; otherwise they are a suite.
let fuzzing: [Target] =
    Context.environment["FERRY_FUZZ"] == nil
    ? [
        suite(
            "FuzzTests", ["Connector", "FerryCLI", "HTTPClient", "HTTPCore", "TLS"],
            excluding: ["main.swift", "CFuzzer"])
    ]
    : [
        .systemLibrary(name: "CFuzzer", path: "Tests/FuzzTests/CFuzzer"),
        .executableTarget(
            name: "ferry-fuzz",
            dependencies: [
                "CFuzzer", "Connector", "FerryCLI", "HTTPClient", "HTTPCore", "TestSupport", "TLS",
            ],
            path: "Tests/FuzzTests", exclude: ["FuzzTargetTests.swift", "CFuzzer"], swiftSettings: settings),
    ]

let package = Package(
    name: "ferry",
    products: [
        .executable(name: "ferry", targets: ["ferry"]),
        .library(name: "Connector", targets: ["Connector"]),
        .library(name: "HTTPClient", targets: ["HTTPClient"]),
        .library(name: "HTTPClientJSON", targets: ["HTTPClientJSON"]),
        .library(name: "HTTPCore", targets: ["HTTPCore"]),
    ],
    targets: [
        .systemLibrary(name: "CSystem", path: "Sources/CSystem"),
        library("CGnuTLS", apt: "libgnutls28-dev"),
        library("CZlib", apt: "zlib1g-dev"),
        library("CBrotli", apt: "libbrotli-dev"),
        library("CZstd", apt: "libzstd-dev"),
        library("CPSL", apt: "libpsl-dev"),
        .target(name: "CLazyLibraries", linkerSettings: [.linkedLibrary("dl")]),

        module("HTTPCore", ["CLazyLibraries"]),
        module("Sockets", ["CSystem"]),
        module("TLS", ["CGnuTLS", "CLazyLibraries"]),
        module("Codecs", ["CBrotli", "CLazyLibraries", "CZlib", "CZstd"]),
        module("Connector", ["HTTPCore", "Sockets", "TLS"]),
        module("HTTPClient", ["Codecs", "Connector", "CLazyLibraries", "CPSL", "HTTPCore"]),
        module("HTTPClientJSON", ["HTTPClient"]),
        module("FerryCLI", ["Codecs", "Connector", "HTTPClient", "HTTPCore"]),
        .executableTarget(name: "ferry", dependencies: ["FerryCLI"], swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["CGnuTLS", "CSystem", "TLS"], path: "Tests/TestSupport",
            swiftSettings: settings, linkerSettings: [.linkedLibrary("gnutls")]),
        .target(
            name: "TLSTestSupport", dependencies: ["CGnuTLS", "TLS"], path: "Tests/TLSTestSupport",
            swiftSettings: settings, linkerSettings: [.linkedLibrary("gnutls")]),
        .executableTarget(
            name: "ferry-demo-server", dependencies: ["TestSupport"], path: "Tests/DemoServer",
            swiftSettings: settings),
        .executableTarget(
            name: "ferry-bench", dependencies: ["Connector", "TestSupport"], path: "Tests/Benchmarks",
            exclude: ["README.md", "Profile"], swiftSettings: settings),
        .executableTarget(
            name: "ferry-torture", dependencies: ["TestSupport"], path: "Tests/Torture", exclude: ["Preload"],
            swiftSettings: settings),
        .executableTarget(
            name: "ferry-soak", dependencies: ["TestSupport"], path: "Tests/Soak", swiftSettings: settings),

        suite("HTTPCoreTests", ["Connector", "HTTPCore"]),
        suite("SocketsTests", ["Sockets"]),
        suite("TLSTests", ["CGnuTLS", "TLS", "TLSTestSupport"]),
        suite("CodecsTests", ["Codecs", "CZlib", "CBrotli", "CZstd"], linking: ["z", "zstd"]),
        suite("ConnectorTests", ["Connector", "HTTPCore", "Sockets", "TLS", "TLSTestSupport"]),
        suite("HTTPClientTests", ["HTTPClient", "HTTPClientJSON", "Connector", "HTTPCore"]),
        suite("FerryCLITests", ["FerryCLI", "HTTPClient", "HTTPCore"]),
        suite("EndToEndTests", []),
        suite("ArchitectureTests", []),
    ] + fuzzing,
    swiftLanguageModes: [.v6]
)
