import TestSupport
import Testing

@testable import FerryCLI

struct TimelineTextTests {
    private func span(_ phase: Phase, _ attempt: Int, _ hop: Int, _ start: Int, _ end: Int) -> PhaseSpan {
        PhaseSpan(phase: phase, attempt: attempt, hop: hop, start: start, end: end)
    }

    private func hop(_ attempt: Int, _ hop: Int, _ url: String, _ status: Int?, _ connection: Int?)
        -> Timeline.Hop
    {
        Timeline.Hop(
            attempt: attempt, hop: hop, method: "GET", url: url, start: 0, status: status,
            connection: connection,
            isReused: hop > 1)
    }

    @Test func `a plain transfer has a title and a bar for each stretch (O-02)`() {
        var timeline = Timeline()
        (timeline.start, timeline.end, timeline.bytes) = (1000, 11_000, 3)
        timeline.hops = [hop(1, 1, "http://h/", 200, 0)]
        timeline.spans = [
            span(.other, 1, 0, 1000, 1001), span(.connect, 1, 1, 1001, 3000), span(.send, 1, 1, 3000, 3010),
            span(.wait, 1, 1, 3010, 9000), span(.receive, 1, 1, 9000, 11_000),
        ]
        #expect(
            TimelineText(columns: 46).text(of: timeline) == """
                GET http://h/  200  3 bytes  10.000 ms
                  connect   ####                      1.999 ms
                  send          #                     0.010 ms
                  wait          ############          5.990 ms
                  receive                   ####      2.000 ms

                """)
    }

    @Test func `redirects and attempts have their own headings (O-02)`() {
        var timeline = Timeline()
        (timeline.end, timeline.code, timeline.error) = (40_000, 22, "the error \u{1B}[m")
        timeline.hops = [
            hop(1, 1, "http://h/a", nil, nil), hop(2, 1, "http://h/a", 302, 0),
            hop(2, 2, "http://h/b", 404, 0),
        ]
        timeline.spans = [
            span(.connect, 1, 1, 0, 10_000), span(.pause, 1, 1, 10_000, 20_000),
            span(.wait, 2, 1, 20_000, 30_000),
            span(.wait, 2, 2, 30_000, 40_000),
        ]
        let lines = TimelineText(columns: 46).text(of: timeline).split(separator: "\n")
        #expect(
            lines == [
                "GET http://h/a  404  0 bytes  40.000 ms", " 1.1 GET http://h/a  no answer",
                "  connect   #####                    10.000 ms",
                "  pause          #####               10.000 ms",
                " 2.1 GET http://h/a  302  #0",
                "  wait                #####          10.000 ms",
                " 2.2 GET http://h/b  404  #0 again", "  wait                     #####     10.000 ms",
                "  the error \\x1B[m",
            ], "\(lines.joined(separator: "\n"))")
    }

    @Test func `a long URL is cut, and no line is wider than the terminal (O-02)`() {
        var timeline = Timeline()
        timeline.end = 3_600_000_000
        timeline.hops = [hop(1, 1, "http://h/" + String(repeating: "x", count: 500), 200, 0)]
        timeline.spans = [span(.receive, 1, 1, 0, 3_600_000_000)]
        for columns in [50, 80, 120, 500] {
            let text = TimelineText(columns: columns).text(of: timeline)
            #expect(text.split(separator: "\n").allSatisfy { $0.count <= columns }, "\(text)")
        }
    }

    @Test func `data cannot end the script that holds it (O-02)`() throws {
        var timeline = Timeline()
        timeline.hops = [hop(1, 1, "http://h/</script><!--", 200, 0)]
        timeline.error = "</script>"
        let json = TimingPage.safe(TimingPage.json(timeline))
        #expect(!json.contains("<"))
        #expect(try ParsedJSON(json)[6]?[0]?[3]?.string == "http://h/</script><!--")
    }
}
