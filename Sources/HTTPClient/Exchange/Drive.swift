package import Connector

/// What a machine needs before it can go on.
package enum RequestWait {
    /// Bytes, or the end of them, on a transport, as long as it takes.
    case readable(any InternalTransport)
    /// A wake of the suspension, as long as it takes.
    case signal(Suspension)
    /// One of those, or nothing, no later than an instant.
    case timed(TimedWait)
    /// A connection of the connector.
    case lease(Lease, from: Wait)
    /// The end of a task. A cancellation does not end this wait.
    case task(Task<Void, Never>)
    /// Nothing: it has ended.
    case over
}

extension RequestWait {
    /// Bytes, or the end of them, on a transport; no later than the instant (nil = as long as it takes).
    static func readable(_ transport: any InternalTransport, until end: ContinuousClock.Instant?)
        -> RequestWait
    {
        end.map { .timed(TimedWait(.transport(transport), until: $0)) } ?? .readable(transport)
    }

    /// A wake of the suspension; no later than the instant (nil = as long as it takes).
    package static func signal(_ suspension: Suspension, until end: ContinuousClock.Instant?) -> RequestWait {
        end.map { .timed(TimedWait(.suspension(suspension), until: $0)) } ?? .signal(suspension)
    }

    /// The instant.
    package static func sleep(until end: ContinuousClock.Instant) -> RequestWait {
        .timed(TimedWait(.nothing, until: end))
    }
}

/// A wait with an end. An object, because the compiler cannot see into an instant: an enum that holds one is copied field
/// by field through its type's description, which each request would feel.
package final class TimedWait: Sendable {
    enum Subject {
        case transport(any InternalTransport)
        case suspension(Suspension)
        case nothing
    }

    let subject: Subject
    let end: ContinuousClock.Instant

    init(_ subject: Subject, until end: ContinuousClock.Instant) {
        self.subject = subject
        self.end = end
    }
}

/// How a wait ended.
package enum WaitOutcome {
    /// With what was waited for. Also what a machine is told at its start.
    case ready
    /// With a connection.
    case leased(Connection)
    /// Early: a `WaitError`, a `CancellationError`, or why no connection can be had.
    case failed(any Error)
}

/// Something that goes on in steps and waits between them. All that it decides is decided in `advance`, which never waits;
/// it holds what it knows in stored properties, so no decision has a place in the frame of an async function.
@LoopActor
package protocol RequestMachine: AnyObject, Sendable {
    /// Goes as far as it can without waiting.
    /// - Returns: what it waits for, or `.over`, after which it is not called again. A throw ends it, too.
    func advance(_ outcome: WaitOutcome) throws -> RequestWait
}

/// Runs a machine to its end: the one place where a request waits.
///
/// To be called on the loop; it stays with its caller, so that no step asks the runtime for an executor. Ten thousand
/// tasks may wait here. Why each step is a function of its own is told in the Connector library's article Performance.
/// - Parameters:
///   - machine: is advanced until it is over.
///   - scope: where the caller's cancellation is heard of; nil = each wait listens to the task. Waits with a time limit
///     listen to the task in any case.
/// - Throws: what a step throws.
package nonisolated func driveRequest(_ machine: any RequestMachine, in scope: CancellationScope?)
    async throws
{
    var outcome = WaitOutcome.ready
    while true {
        switch try step(machine, outcome) {
        case .over: return
        case .readable(let transport):
            if let scope {
                outcome = await untilReadable(transport, in: scope)
            } else {
                outcome = await untilReadable(transport, by: nil)
            }
        case .signal(let suspension): outcome = await untilWoken(suspension, by: nil)
        case .timed(let wait): outcome = await untilEnd(of: wait)
        case .lease(let lease, let first): outcome = await finish(lease, from: first)
        case .task(let task):
            await task.value
            outcome = .ready
        }
    }
}

@inline(never)
private nonisolated func step(_ machine: any RequestMachine, _ outcome: WaitOutcome) throws -> RequestWait {
    try LoopActor.assumeIsolated((machine, outcome)) { (step) throws in try step.0.advance(step.1) }
}

@LoopActor
@inline(never)
private func untilEnd(of wait: TimedWait) async -> WaitOutcome {
    switch wait.subject {
    case .transport(let transport): await untilReadable(transport, by: wait.end)
    case .suspension(let suspension): await untilWoken(suspension, by: wait.end)
    case .nothing: await sleep(until: wait.end)
    }
}

private nonisolated func untilReadable(
    _ transport: any InternalTransport, in scope: CancellationScope
) async -> WaitOutcome {
    do {
        try await transport.untilReadable(in: scope)
        return .ready
    } catch {
        return .failed(error)
    }
}

@LoopActor
@inline(never)
private func untilReadable(
    _ transport: any InternalTransport, by deadline: ContinuousClock.Instant?
) async -> WaitOutcome {
    do {
        try await transport.untilReadable(deadline: deadline)
        return .ready
    } catch {
        return .failed(error)
    }
}

@LoopActor
@inline(never)
private func untilWoken(_ suspension: Suspension, by deadline: ContinuousClock.Instant?) async -> WaitOutcome
{
    do {
        try await suspension.wait(until: deadline).get()
        return .ready
    } catch {
        return .failed(error)
    }
}

@LoopActor
@inline(never)
private func sleep(until end: ContinuousClock.Instant) async -> WaitOutcome {
    do {
        try await EventLoop.shared.sleep(until: end)
        return .ready
    } catch {
        return .failed(error)
    }
}

@LoopActor
@inline(never)
private func finish(_ lease: Lease, from first: Wait) async -> WaitOutcome {
    do {
        try await drive(lease, from: first)
        return .leased(try lease.take())
    } catch {
        return .failed(error)
    }
}
