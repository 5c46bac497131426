import HTTPClient
import TestSupport
import Testing

/// The numbers that connections have in events.
@Suite(.timeLimit(.minutes(1))) @LoopActor struct ConnectionNumbersTests {
    @LoopActor private final class Listener: TransferListener {
        private(set) var numbers: [Int?] = []

        func hear(_ event: TransferEvent) {
            if case .exchangeBegan = event.kind { numbers.append(event.connection) }
        }
    }

    @Test func `a connection keeps its number, and each client counts for itself`() async throws {
        let rig = try ClientRig {
            [.respond(200, $0.path == "/last" ? [("Connection", "close")] : [], body: "x")]
        }
        let other = HTTPClient(connector: rig.connector)
        var heard: [Int?] = []
        for (client, path) in [
            (rig.client, "/a"), (rig.client, "/last"), (rig.client, "/b"), (other, "/c"), (other, "/last"),
            (other, "/d"), (rig.client, "/e"),
        ] {
            let listener = Listener()
            _ = try await client.execute(rig.request(path), listener: listener).collect(upTo: 10)
            try await rig.until { rig.connector.statistics.inUse == 0 }
            heard += listener.numbers
        }
        #expect(heard == [0, 0, 1, 0, 0, 1, 2])
    }
}
