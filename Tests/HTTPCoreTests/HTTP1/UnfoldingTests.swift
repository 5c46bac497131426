import HTTPCore
import Testing

@Suite struct UnfoldingTests {
    @Test(arguments: [
        ("HTTP/1.1 200 OK\r\nA: 1\r\n\r\n", "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"),
        (
            "HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\t3\r\nB: 4\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: 1 2 3\r\nB: 4\r\n\r\n"
        ),
        ("HTTP/1.1 200 OK\nA: 1 \n 2\n\n", "HTTP/1.1 200 OK\nA: 1 2\n\n"),
        ("HTTP/1.1 200 OK\r\n Odd: 1\r\nA: 2\r\n\r\n", "HTTP/1.1 200 OK\r\nA: 2\r\n\r\n"),
        ("HTTP/1.1 200 OK\r\nA:\r\n 2\r\n\r\n", "HTTP/1.1 200 OK\r\nA: 2\r\n\r\n"),
        ("", ""),
    ])
    func `a folded field is one line, and a line of no field is none`(block: String, shown: String) {
        #expect(String(decoding: Unfolding.unfolded(Array(block.utf8)), as: UTF8.self) == shown)
    }
}
