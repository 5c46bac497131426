package import Connector

/// What a machine needs before it can go on.
package enum RequestWait {
    /// Bytes, or the end of them, on a transport; no later than the instant (nil = as long as it takes).
    case readable(any InternalTransport, until: ContinuousClock.Instant?)
    /// A wake of the suspension; no later than the instant (nil = as long as it takes).
    case signal(Suspension, until: ContinuousClock.Instant?)
    /// The instant.
    case sleep(until: ContinuousClock.Instant)
    /// A connection of the connector.
    case lease(Lease, from: Wait)
    /// The end of a task. A cancellation does not end this wait.
    case task(Task<Void, Never>)
    /// Nothing: it has ended.
    case over
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
        case .readable(let transport, let deadline):
            if deadline == nil, let scope {
                outcome = await untilReadable(transport, in: scope)
            } else {
                outcome = await untilReadable(transport, by: deadline)
            }
        case .signal(let suspension, let deadline): outcome = await untilWoken(suspension, by: deadline)
        case .sleep(let end): outcome = await sleep(until: end)
        case .lease(let lease, let first): outcome = await finish(lease, from: first)
        case .task(let task):
            await task.value
            outcome = .ready
        }
    }
}

@inline(never)
private nonisolated func step(_ machine: any RequestMachine, _ outcome: WaitOutcome) throws -> RequestWait {
    // A closure that captures: its context lives on the stack, and the outcome is not copied.
    try LoopActor.assumeIsolated { try machine.advance(outcome) }
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
