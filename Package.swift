// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// The packages that `make` installs are named once, here and in the Makefile's `DEBIAN_PACKAGES`.
func library(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

func module(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func suite(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: settings)
}

let package = Package(
    name: "ferry",
    products: [
        .executable(name: "ferry", targets: ["ferry"]),
        .library(name: "Connector", targets: ["Connector"]),
        .library(name: "HTTPClient", targets: ["HTTPClient"]),
    ],
    targets: [
        .systemLibrary(name: "CSystem", path: "Sources/CSystem"),
        library("CGnuTLS", pkgConfig: "gnutls", apt: "libgnutls28-dev"),
        library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        library("CBrotli", pkgConfig: "libbrotlidec", apt: "libbrotli-dev"),
        library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        library("CPSL", pkgConfig: "libpsl", apt: "libpsl-dev"),

        module("HTTPCore"),
        module("Sockets", ["CSystem"]),
        module("TLS", ["CGnuTLS"]),
        module("Codecs", ["CZlib", "CBrotli", "CZstd"]),
        module("Connector", ["HTTPCore", "Sockets", "TLS"]),
        module("HTTPClient", ["Codecs", "Connector", "CPSL", "HTTPCore"]),
        module("FerryCLI", ["Codecs", "Connector", "HTTPClient", "HTTPCore"]),
        .executableTarget(name: "ferry", dependencies: ["FerryCLI"], swiftSettings: settings),

        .target(
            name: "TestSupport", dependencies: ["CGnuTLS", "CSystem", "TLS"], path: "Tests/TestSupport",
            swiftSettings: settings),
        .executableTarget(
            name: "ferry-demo-server", dependencies: ["TestSupport"], path: "Tests/DemoServer",
            swiftSettings: settings),
        .executableTarget(
            name: "ferry-bench", dependencies: ["TestSupport"], path: "Tests/Benchmarks",
            exclude: ["README.md"], swiftSettings: settings),

        suite("HTTPCoreTests", ["HTTPCore"]),
        suite("SocketsTests", ["Sockets"]),
        suite("TLSTests", ["TLS"]),
        suite("CodecsTests", ["Codecs", "CZlib", "CBrotli", "CZstd"]),
        suite("ConnectorTests", ["Connector", "HTTPCore", "Sockets", "TLS"]),
        suite("HTTPClientTests", ["HTTPClient", "Connector", "HTTPCore"]),
        suite("FerryCLITests", ["FerryCLI", "HTTPClient", "HTTPCore"]),
        suite("EndToEndTests", []),
        suite("ArchitectureTests", []),
    ],
    swiftLanguageModes: [.v6]
)
