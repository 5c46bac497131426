// swift-tools-version: 6.2
import PackageDescription

// A program of somebody else's that uses ferry's libraries as a dependency. It holds the examples of the README and of
// HTTPClient's documentation, so `make test` builds it and runs it against the demo server.
let package = Package(
    name: "sample",
    dependencies: [.package(name: "ferry", path: "../..")],
    targets: [
        .executableTarget(
            name: "sample",
            dependencies: [
                .product(name: "HTTPClient", package: "ferry"),
                .product(name: "HTTPClientJSON", package: "ferry"),
            ],
            path: "Sources/Sample",
            swiftSettings: [
                .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
