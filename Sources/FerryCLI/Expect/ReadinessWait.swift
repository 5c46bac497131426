import HTTPCore

/// Asks until somebody answers, or until nobody does: when to ask again, when to give up, and what to say of it. Pure: the
/// time comes in as an argument.
struct ReadinessWait {
    typealias Instant = ContinuousClock.Instant

    struct Settings: Equatable, Sendable {
        /// Longer than this it does not wait.
        var limit: Duration
        /// The longest pause between two questions.
        var interval = Duration.milliseconds(250)
        /// So many good answers in a row are enough.
        var times = 1
        /// It is the end of a service that is waited for.
        var isForEnd = false
    }

    /// What came of one question.
    enum Answer: Equatable {
        case good
        /// Not as it has to be, and why.
        case notYet(String)
    }

    enum Order: Equatable {
        case ask(at: Instant)
        case done
        /// The time is up; the sentence says what is missing.
        case giveUp(String)
    }

    let settings: Settings
    private let start: Instant
    private(set) var tries = 0
    private var inARow = 0
    private var reason: String?

    init(_ settings: Settings, now: Instant) {
        self.settings = settings
        start = now
    }

    /// One more question goes out.
    /// - Returns: when it counts as unanswered.
    mutating func ask(now: Instant) -> Instant {
        tries += 1
        // The last one may begin when the time is up, and has an interval.
        return min(now + patience, start + settings.limit + settings.interval)
    }

    /// The question did not go out after all.
    mutating func takeBack() { tries -= 1 }

    /// How long an answer may take.
    var patience: Duration { max(settings.interval, .seconds(1)) }

    /// Why a question that nobody answered is no good sign.
    var unanswered: String { "no answer in \(Self.text(patience)) s" }

    /// How many good answers came, for people.
    var progress: String { "\(inARow) of \(settings.times) good answers in a row came" }

    /// The next good answer is the last that is needed.
    var isLast: Bool { inARow + 1 >= settings.times }

    /// Takes an answer.
    /// - Parameters:
    ///   - answer: what came of the question that was asked last.
    ///   - now: the time it came.
    ///   - dice: 0 up to 1, so that many who wait do not ask at once.
    /// - Returns: what follows, and a line for people where there is something new.
    mutating func hear(_ answer: Answer, now: Instant, dice: Double) -> (order: Order, news: String?) {
        let waited = start.duration(to: now)
        var news: String?
        switch answer {
        case .good:
            inARow += 1
            if inARow >= settings.times {
                return (.done, "\(settings.isForEnd ? "gone" : "ready") \(Self.effort(waited, tries))")
            }
        case .notYet(let why):
            inARow = 0
            if why != reason { news = why }
            reason = why
        }
        guard waited < settings.limit else {
            let missing = reason ?? progress
            return (
                .giveUp(
                    "not \(settings.isForEnd ? "gone" : "ready") \(Self.effort(waited, tries)): \(missing)"),
                nil
            )
        }
        // Never longer than the interval: that is how soon a change is seen.
        let pause = settings.interval * (0.75 + 0.25 * min(max(dice, 0), 1))
        return (.ask(at: min(now + pause, start + settings.limit)), news)
    }

    /// `after 4.1 s, 17 tries`.
    private static func effort(_ waited: Duration, _ tries: Int) -> String {
        "after \(text(waited)) s, \(tries) \(tries == 1 ? "try" : "tries")"
    }

    private static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000)"
    }
}
