import Foundation
import HTTPClient

// Runs every example against the demo server: `sample URL SOCKET`.

guard CommandLine.arguments.count == 3 else {
    print("usage: sample URL SOCKET")
    exit(2)
}
let (server, socket) = (CommandLine.arguments[1], CommandLine.arguments[2])
var failures = 0

@MainActor
func check(_ what: String, _ isSo: Bool) {
    print(isSo ? "ok" : "FAILED", what)
    if !isSo { failures += 1 }
}

let client = browser()
check("a first request", try await firstRequest(to: "\(server)/").hasPrefix("This is ferry's demo server."))
check("a POST with a login", try await post("hi", to: "\(server)/echo", with: client) == 200)
check("many at once", try await sizes(of: (1...20).map { "\(server)/bytes/\($0)" }).sorted() == Array(1...20))
let item = Item(name: "bolt", madeAt: Date(timeIntervalSinceReferenceDate: 1000))
check("JSON there and back", try await exchange(item, at: "\(server)/echo", with: client) == item)
check("two kinds of URL", try place("http://a.test/x").0.path == place("http://a.test/x").1?.path)
check("a body in pieces", try await size(of: "\(server)/bytes/3000000", with: client) == 3_000_000)
check("a sequence as a body", try await count(to: "\(server)/echo", with: client) == "1\n2\n3\n")
check("a file as a body", try await upload(#filePath, to: "\(server)/echo", with: client) == 200)
check(
    "redirects and events",
    try await wayOf("\(server)/redirect/1", with: client) == [
        "GET /redirect/1", "302 followed", "GET /", "200 delivered",
    ])
check(
    "the fastest of some",
    try await fastest(of: ["\(server)/slow?ms=20000", "\(server)/json"], with: client)?.contains("works")
        == true)
check(
    "a time limit",
    await whyNot("\(server)/slow?ms=20000", with: client)
        == "GET \(server)/slow?ms=20000: timed out while waiting for the response")
check("a Unix socket", try await head(over: socket).hasPrefix("GET /headers HTTP/1.1"))
check(
    "limits of a configuration",
    try await withClient(impatient()) { try await $0.get("\(server)/json").status } == 200)
await client.close()
exit(failures == 0 ? 0 : 1)
