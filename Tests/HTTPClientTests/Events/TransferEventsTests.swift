import HTTPCore
import Testing

@testable import Connector
@testable import HTTPClient

/// What those hear who want to hear of some events only.
@Suite @LoopActor struct TransferEventsTests {
    @LoopActor private final class Listener: TransferListener {
        let interests: TransferEvent.Interests
        var heard: [TransferEvent] = []

        init(_ interests: TransferEvent.Interests) { self.interests = interests }

        func hear(_ event: TransferEvent) { heard.append(event) }
    }

    private func events(_ listeners: Listener...) -> TransferEvents {
        TransferEvents(transfer: 0, listeners: ListenerList(listeners), numbers: ConnectionNumbers())
    }

    /// Lets the clock go on, so that two readings of it differ.
    private func letTimePass() {
        let start = Moment.now.nanoseconds
        while Moment.now.nanoseconds == start {}
    }

    private func tellAll(_ events: TransferEvents) throws {
        let url = try HTTPURL.parse("http://h/")
        let kinds: [TransferEvent.Kind] = [
            .attemptBegan, .urlSettled(url, isTyped: true), .connector(.reused(idleFor: .zero, useCount: 1)),
            .connector(.dequeued), .requestHead([]), .requestEnded, .responseBegan, .delivered(1),
            .retry(reason: "", pause: .zero, left: 1), .ended(failure: nil, code: 0),
        ]
        for kind in kinds {
            letTimePass()
            events.tell(kind)
        }
    }

    @Test func `nobody hears what nobody wants to hear`() throws {
        for (interests, count) in [
            ([], 4), ([.steps], 8), ([.details], 6), ([.steps, .details], 10), (.all, 10),
        ] as [(TransferEvent.Interests, Int)] {
            let listener = Listener(interests)
            try tellAll(events(listener))
            #expect(listener.heard.count == count, "\(interests)")
        }
    }

    @Test func `what one wants to hear the others hear as well`() throws {
        let (few, all) = (Listener([]), Listener(.all))
        try tellAll(events(few, all))
        #expect(few.heard.count == 10 && all.heard.count == 10)
    }

    @Test func `without interest in instants the clock is read where time was spent`() throws {
        let listener = Listener([.steps, .details])
        try tellAll(events(listener))
        let moments = listener.heard.map(\.moment.nanoseconds)
        let isNew = zip(moments, moments.dropFirst()).map { $0 < $1 }
        #expect(isNew == [false, false, true, false, false, true, false, false, true])
    }

    @Test func `an attempt that begins as its events are made for it has the instant that is known`() {
        let beginning = Moment.now
        for known in [beginning, nil] {
            let listener = Listener(.all)
            let events = TransferEvents(
                transfer: 0, listeners: ListenerList([listener]), numbers: ConnectionNumbers(),
                beginning: known)
            letTimePass()
            events.tell(.attemptBegan)
            letTimePass()
            events.tell(.attemptBegan)
            let moments = listener.heard.map(\.moment.nanoseconds)
            #expect((moments[0] == beginning.nanoseconds) == (known != nil))
            #expect(moments[1] > moments[0])
        }
    }

    @Test(arguments: [false, true])
    func `a connection is left when its last bytes came, unless the exchange waits behind them`(waits: Bool)
        async throws
    {
        let rig = try Rig(scripts: [])
        let connection = try await rig.connector.connect(to: rig.endpoint)
        let listener = Listener(.all.subtracting(.details))
        let events = events(listener)
        let body = TransferEvent.Kind.body(UnsafeRawBufferPointer(start: nil, count: 0))
        events.bytesCame(areFirst: false)
        for kind in [body, .delivered(0)] { events.tell(kind) }
        letTimePass()
        if waits { events.waits() }
        events.tell(.connectionLeft(connection, isKept: true))
        let moments = listener.heard.map(\.moment.nanoseconds)
        #expect(moments.count == 2 && (moments[0] < moments[1]) == waits)
        connection.close()
        await rig.connector.close()
    }

    @Test func `with it each event has an instant of its own, but what bytes say happened when they came`()
        throws
    {
        let listener = Listener(.all)
        let events = events(listener)
        func tell(_ kinds: TransferEvent.Kind...) {
            for kind in kinds {
                letTimePass()
                events.tell(kind)
            }
        }
        let head = TransferEvent.Kind.head(
            try ResponseHead(parsing: "HTTP/1.1 200 OK\r\n\r\n"), .none, .delivered)
        let body = TransferEvent.Kind.body(UnsafeRawBufferPointer(start: nil, count: 0))
        tell(.attemptBegan, .requestEnded)
        events.bytesCame(areFirst: false)
        tell(.responseBegan, head, body, .delivered(0), body)
        events.bytesCame(areFirst: false)
        tell(body, body, .requestEnded)
        let moments = listener.heard.map(\.moment.nanoseconds)
        let isNew = zip(moments, moments.dropFirst()).map { $0 < $1 }
        #expect(isNew == [true, true, false, false, true, true, true, false, true])
    }
}
