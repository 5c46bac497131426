import HTTPClient
import Testing

@Suite struct RetryPolicyTests {
    private func decide(
        _ policy: RetryPolicy, after outcome: RetryPolicy.Outcome = .status(503), made: Int = 0,
        elapsed: Duration = .zero, retryAfter: Duration? = nil, leastPause: Duration = .zero, dice: Double = 1
    ) -> RetryPolicy.Decision {
        policy.decide(
            after: outcome, made: made, elapsed: elapsed, retryAfter: retryAfter, leastPause: leastPause,
            dice: dice)
    }

    @Test func `the pause doubles from one second to ten minutes (R-08)`() {
        let policy = RetryPolicy(limit: 100)
        let pauses = (0..<12).map { decide(policy, made: $0) }
        #expect(
            pauses
                == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600].map { .retry(after: .seconds($0)) })
        #expect(decide(policy, made: 99) == .retry(after: .seconds(600)))
    }

    @Test func `the dice say how much of it is waited for (R-08)`() {
        let policy = RetryPolicy(limit: 9)
        #expect(decide(policy, made: 3, dice: 0.5) == .retry(after: .seconds(4)))
        #expect(decide(policy, made: 3, dice: 0) == .retry(after: .zero))
        #expect(decide(policy, made: 3, dice: 7) == .retry(after: .seconds(8)))
        #expect(decide(policy, made: 3, dice: -7) == .retry(after: .zero))
    }

    @Test func `a pause of one's own stays the same`() {
        let policy = RetryPolicy(limit: 9, delay: .milliseconds(200))
        #expect(decide(policy, made: 0, dice: 0) == .retry(after: .milliseconds(200)))
        #expect(decide(policy, made: 8) == .retry(after: .milliseconds(200)))
        #expect(decide(RetryPolicy(limit: 9, delay: .zero), made: 1) == .retry(after: .seconds(2)))
    }

    @Test func `pauses of one's own have a bound (R-08)`() {
        let growing = RetryPolicy(limit: 9, longestDelay: .seconds(3))
        #expect(decide(growing, made: 1) == .retry(after: .seconds(2)))
        #expect(decide(growing, made: 5) == .retry(after: .seconds(3)))
        #expect(decide(growing, made: 5, dice: 0.5) == .retry(after: .milliseconds(1500)))
        #expect(decide(growing, retryAfter: .seconds(9)) == .retry(after: .seconds(9)))
        #expect(
            decide(RetryPolicy(limit: 9, delay: .seconds(5), longestDelay: .seconds(3)))
                == .retry(after: .seconds(3)))
        #expect(
            decide(RetryPolicy(limit: 9, longestDelay: .zero), made: 4) == .retry(after: .seconds(16)))
    }

    @Test func `the server's wish overrides both, within bounds (R-08)`() {
        for delay in [nil, Duration.seconds(5)] {
            let policy = RetryPolicy(limit: 1, delay: delay)
            #expect(decide(policy, retryAfter: .seconds(120)) == .retry(after: .seconds(120)))
            #expect(decide(policy, retryAfter: .seconds(121)) == .refuse(asked: .seconds(121)))
            #expect(decide(policy, retryAfter: .zero) == .retry(after: delay ?? .seconds(1)))
            #expect(decide(policy, retryAfter: .seconds(-5)) == .retry(after: delay ?? .seconds(1)))
        }
        let patient = RetryPolicy(limit: 1, longestRetryAfter: .zero)
        #expect(decide(patient, retryAfter: .seconds(90_000)) == .retry(after: .seconds(90_000)))
        let deaf = RetryPolicy(limit: 1, honorsRetryAfter: false)
        #expect(decide(deaf, retryAfter: .seconds(90_000)) == .retry(after: .seconds(1)))
    }

    @Test func `a server that is left alone anyway is not asked before (R-08)`() {
        let policy = RetryPolicy(limit: 9, delay: .seconds(1), longestDelay: .seconds(2), window: .seconds(9))
        #expect(decide(policy, leastPause: .seconds(4)) == .retry(after: .seconds(4)))
        #expect(decide(policy, leastPause: .milliseconds(1)) == .retry(after: .seconds(1)))
        #expect(
            decide(policy, retryAfter: .seconds(3), leastPause: .seconds(4)) == .retry(after: .seconds(4)))
        #expect(
            decide(policy, elapsed: .seconds(6), leastPause: .seconds(4)) == .windowEnds(pause: .seconds(4)))
    }

    @Test func `retries are counted`() {
        #expect(decide(RetryPolicy()) == .stop)
        #expect(decide(RetryPolicy(limit: 2), made: 1) == .retry(after: .seconds(2)))
        #expect(decide(RetryPolicy(limit: 2), made: 2) == .stop)
        // What is not asked for again is not refused either.
        #expect(decide(RetryPolicy(limit: 2), made: 2, retryAfter: .seconds(1000)) == .stop)
    }

    @Test func `no retry begins after the window (R-08)`() {
        let policy = RetryPolicy(limit: 9, delay: .seconds(1), window: .seconds(10))
        #expect(decide(policy, elapsed: .seconds(9)) == .retry(after: .seconds(1)))
        #expect(decide(policy, elapsed: .milliseconds(9001)) == .windowEnds(pause: .seconds(1)))
        #expect(decide(policy, elapsed: .seconds(10)) == .windowEnds(pause: .seconds(1)))
        #expect(decide(policy, retryAfter: .seconds(11)) == .windowEnds(pause: .seconds(11)))
        #expect(
            decide(RetryPolicy(limit: 9, window: .zero), elapsed: .seconds(1000))
                == .retry(after: .seconds(1)))
    }

    static let failures: [RetryPolicy.Outcome] = [
        .unknownName, .refusedConnection, .slowConnection, .noConnection, .timeout, .reset, .partial, .empty,
        .otherError,
    ]

    @Test func `what is retried by itself and what on demand (R-01)`() {
        let plain = RetryConditions()
        for status in [408, 429, 500, 502, 503, 504, 522, 524] { #expect(plain.cover(.status(status))) }
        for status in [200, 301, 400, 401, 404, 409, 501, 505, 599] {
            #expect(!plain.cover(.status(status)) && !plain.cover(.failedStatus(status)))
        }
        #expect(
            Self.failures.filter { plain.cover($0) }
                == [.unknownName, .slowConnection, .timeout, .reset, .partial, .empty])
        let refused = RetryConditions(includesRefusedConnections: true)
        #expect(refused.cover(.refusedConnection) && !refused.cover(.otherError))
        let all = RetryConditions(includesAllErrors: true)
        #expect(Self.failures.allSatisfy { all.cover($0) })
        #expect(!all.cover(.status(404)) && all.cover(.failedStatus(404)))
    }

    @Test(
        arguments: [
            ([.connect], [.refusedConnection, .slowConnection, .noConnection]), ([.dns], [.unknownName]),
            ([.timeout], [.slowConnection, .timeout]), ([.reset], [.reset]), ([.partial], [.partial]),
            ([.empty], [.empty]), ([.status(404)], []),
        ] as [(Set<RetryConditions.Item>, [RetryPolicy.Outcome])])
    func `a list takes the place of the default (R-07)`(
        _ items: Set<RetryConditions.Item>, _ covered: [RetryPolicy.Outcome]
    ) {
        let conditions = RetryConditions(items)
        #expect(Self.failures.filter { conditions.cover($0) } == covered)
        #expect(conditions.cover(.status(404)) == !items.isDisjoint(with: [.status(404), .all]))
        #expect(!conditions.cover(.status(200)))
    }

    @Test func `all is all (R-07)`() {
        let conditions = RetryConditions([.all])
        #expect(Self.failures.allSatisfy { conditions.cover($0) })
        #expect(conditions.cover(.status(404)) && !conditions.cover(.status(399)))
    }

    @Test func `exceptions go before everything (R-07)`() {
        let fewer = RetryConditions(nil, except: [.status(501), .status(503), .timeout])
        #expect(fewer.cover(.status(502)) && !fewer.cover(.status(503)))
        #expect(!fewer.cover(.timeout) && !fewer.cover(.slowConnection) && fewer.cover(.reset))
        let classes = RetryConditions([.statusClass(5)], except: [.status(501)])
        #expect(classes.cover(.status(599)) && !classes.cover(.status(501)) && !classes.cover(.status(429)))
        let all = RetryConditions(
            nil, except: [.statusClass(4), .connect], includesRefusedConnections: true,
            includesAllErrors: true)
        #expect(!all.cover(.failedStatus(404)) && all.cover(.failedStatus(599)))
        #expect(!all.cover(.refusedConnection) && all.cover(.otherError))
    }
}
