import Testing

@testable import Connector

@Suite struct SOCKSHandshakeTests {
    /// One handshake: what it is asked for, what the proxy answers, and what must have been sent, or why not.
    struct Conversation: Sendable, CustomTestStringConvertible {
        var name: String
        var version = SOCKSHandshake.Version.five
        var destination = SOCKSDestination(.name("far.test"), port: 443)
        var user: String?
        var password: String?
        var answer: [UInt8]
        var sent: [UInt8] = []
        var failure: SOCKSFailure?

        var testDescription: String { name }

        func make() throws(SOCKSFailure) -> SOCKSHandshake {
            try SOCKSHandshake(
                version, to: destination, user: user.map { Array($0.utf8) },
                password: password.map { Array($0.utf8) })
        }
    }

    private static let greeting: [UInt8] = [5, 1, 0]
    private static let farRequest = [5, 1, 0, 3, 8] + Array("far.test".utf8) + [1, 187]
    private static let granted: [UInt8] = [5, 0, 0, 1, 127, 0, 0, 1, 31, 144]

    static let good: [Conversation] = [
        Conversation(
            name: "a name, no login", answer: [5, 0] + granted, sent: greeting + farRequest),
        Conversation(
            name: "an IPv4 address, bound to an IPv6 one",
            destination: SOCKSDestination(.ipv4(0x7F00_0001), port: 80),
            answer: [5, 0, 5, 0, 0, 4] + [UInt8](repeating: 7, count: 18),
            sent: greeting + [5, 1, 0, 1, 127, 0, 0, 1, 0, 80]),
        Conversation(
            name: "an IPv6 address, bound to a name",
            destination: SOCKSDestination(.ipv6(0x2001_0DB8_0000_0000, 1), port: 0x1234),
            answer: [5, 0, 5, 0, 0, 3, 4] + Array("host".utf8) + [0, 0],
            sent: greeting + [
                5, 1, 0, 4, 0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x12, 0x34,
            ]),
        Conversation(
            name: "bound to a name without a letter", answer: [5, 0, 5, 0, 0, 3, 0, 0, 0],
            sent: greeting + farRequest),
        Conversation(
            name: "a name of 255 bytes in the answer",
            answer: [5, 0, 5, 0, 9, 3, 255] + [UInt8](repeating: 0x61, count: 257),
            sent: greeting + farRequest),
        Conversation(
            name: "a login", user: "me", password: "pw", answer: [5, 2, 1, 0] + granted,
            sent: [5, 2, 0, 2] + [1, 2] + Array("me".utf8) + [2] + Array("pw".utf8) + farRequest),
        Conversation(
            name: "a login whose answer has the other version", user: "me", answer: [5, 2, 5, 0] + granted,
            sent: [5, 2, 0, 2] + [1, 2] + Array("me".utf8) + [0] + farRequest),
        Conversation(
            name: "a login that is not wanted", user: "me", password: "pw", answer: [5, 0] + granted,
            sent: [5, 2, 0, 2] + farRequest),
        Conversation(
            name: "SOCKS 4", version: .four(allowsNames: false),
            destination: SOCKSDestination(.ipv4(0x0A01_0203), port: 80), user: "me", password: "unused",
            answer: [0, 90, 9, 9, 9, 9, 9, 9], sent: [4, 1, 0, 80, 10, 1, 2, 3] + Array("me".utf8) + [0]),
        Conversation(
            name: "SOCKS 4a with a name", version: .four(allowsNames: true),
            answer: [0, 90, 0, 0, 0, 0, 0, 0],
            sent: [4, 1, 1, 187, 0, 0, 0, 1, 0] + Array("far.test".utf8) + [0]),
        Conversation(
            name: "SOCKS 4a with an address", version: .four(allowsNames: true),
            destination: SOCKSDestination(.ipv4(0x0A01_0203), port: 80),
            answer: [0, 90, 0, 0, 0, 0, 0, 0], sent: [4, 1, 0, 80, 10, 1, 2, 3, 0]),
        Conversation(
            name: "SOCKS 4 to this host, as 0.0.0.0 says", version: .four(allowsNames: false),
            destination: SOCKSDestination(.ipv4(0), port: 80),
            answer: [0, 90, 0, 0, 0, 0, 0, 0], sent: [4, 1, 0, 80, 0, 0, 0, 0, 0]),
        Conversation(
            name: "SOCKS 4, the first address that announces no name", version: .four(allowsNames: false),
            destination: SOCKSDestination(.ipv4(0x100), port: 80),
            answer: [0, 90, 0, 0, 0, 0, 0, 0], sent: [4, 1, 0, 80, 0, 0, 1, 0, 0]),
    ]

    /// Everything of `feed` at once or byte by byte; what the handshake sent, and what it left alone.
    private func run(
        _ handshake: inout SOCKSHandshake, _ feed: [UInt8], byByte: Bool
    ) throws -> (sent: [UInt8], rest: [UInt8]) {
        var sent = handshake.takeOutput()
        var rest = feed[...]
        while !rest.isEmpty {
            let piece = byByte ? rest.prefix(1) : rest
            let count = try piece.withUnsafeBytes { try handshake.receive($0) }
            sent += handshake.takeOutput()
            if count == 0 { break }
            rest = rest.dropFirst(count)
        }
        return (sent, Array(rest))
    }

    @Test(arguments: good, [false, true])
    func `the connection stands and the tail is left alone`(_ it: Conversation, byByte: Bool) throws {
        for tail: [UInt8] in [[], [5], Array("HTTP/1.1 200".utf8)] {
            var handshake = try it.make()
            let (sent, rest) = try run(&handshake, it.answer + tail, byByte: byByte)
            #expect(sent == it.sent)
            #expect(rest == tail)
            #expect(handshake.wanted == 0)
        }
    }

    @Test(arguments: good) func `an answer that is too short is not enough`(_ it: Conversation) throws {
        for length in 0..<it.answer.count {
            var handshake = try it.make()
            _ = try run(&handshake, Array(it.answer[..<length]), byByte: false)
            #expect(handshake.wanted > 0 && handshake.wanted <= it.answer.count - length)
            if case .ended = handshake.prematureEnd { continue }
            Issue.record("\(handshake.prematureEnd)")
        }
    }

    static let bad: [Conversation] = [
        Conversation(
            name: "HTTP", answer: Array("HTTP/1.1 400".utf8), failure: .wrongVersion(0x48, expected: 5)),
        Conversation(name: "version 4", answer: [4, 0], failure: .wrongVersion(4, expected: 5)),
        Conversation(
            name: "version 0 of the answer", answer: [5, 0, 0, 90], failure: .wrongVersion(0, expected: 5)),
        Conversation(
            name: "no login was given", answer: [5, 255], failure: .noAcceptableLogin(offered: false)),
        Conversation(
            name: "the login was of no use", user: "u", answer: [5, 255],
            failure: .noAcceptableLogin(offered: true)),
        Conversation(name: "GSSAPI out of the blue", answer: [5, 1], failure: .unofferedLogin(1)),
        Conversation(
            name: "a password out of the blue", answer: [5, 2], failure: .unofferedLogin(2)),
        Conversation(
            name: "a wrong password", user: "u", password: "x", answer: [5, 2, 1, 1], failure: .loginRefused),
        Conversation(
            name: "another version of login", user: "u", answer: [5, 2, 0x48, 0],
            failure: .wrongLoginVersion(0x48)),
        Conversation(
            name: "two bytes of refusal", answer: [5, 0, 5, 5], failure: .refused(version: 5, code: 5)),
        Conversation(
            name: "an unknown code", answer: [5, 0, 5, 99], failure: .refused(version: 5, code: 99)),
        Conversation(
            name: "type 0", answer: [5, 0, 5, 0, 0, 0, 1], failure: .unknownAddressType(0)),
        Conversation(
            name: "type 2", answer: [5, 0, 5, 0, 0, 2, 1], failure: .unknownAddressType(2)),
        Conversation(
            name: "SOCKS 4: refused", version: .four(allowsNames: true), answer: [0, 91],
            failure: .refused(version: 4, code: 91)),
        Conversation(
            name: "SOCKS 4: another version", version: .four(allowsNames: true), answer: [4, 90],
            failure: .wrongVersion(4, expected: 4)),
        Conversation(
            name: "SOCKS 4: HTTP", version: .four(allowsNames: true), answer: Array("HTTP/1.1".utf8),
            failure: .wrongVersion(0x48, expected: 4)),
    ]

    @Test(arguments: bad, [false, true])
    func `a refusal is told by its first bytes`(_ it: Conversation, byByte: Bool) throws {
        for tail: [UInt8] in [[], [0, 0, 0, 0, 0, 0, 0, 0, 0]] {
            var handshake = try it.make()
            let error = #expect(throws: SOCKSFailure.self) {
                try run(&handshake, it.answer + tail, byByte: byByte)
            }
            #expect(error == it.failure)
        }
    }

    @Test func `what the protocol cannot carry is refused before a byte is sent`() {
        let long = String(repeating: "x", count: 256)
        let cases: [(Conversation, SOCKSFailure)] = [
            (Conversation(name: "", user: long, answer: []), .tooLong("the user name")),
            (Conversation(name: "", user: "u", password: long, answer: []), .tooLong("the password")),
            (
                Conversation(name: "", destination: SOCKSDestination(.name(long), port: 1), answer: []),
                .tooLong("the host name")
            ),
            (
                Conversation(name: "", version: .four(allowsNames: true), user: long, answer: []),
                .tooLong("the user name")
            ),
            (
                Conversation(name: "", version: .four(allowsNames: true), user: "a\0b", answer: []),
                .unsendable("a user name with a NUL byte")
            ),
            (
                Conversation(name: "", version: .four(allowsNames: false), answer: []),
                .unsendable("a host name in SOCKS 4")
            ),
            (
                Conversation(
                    name: "", version: .four(allowsNames: true),
                    destination: SOCKSDestination(.ipv6(0, 1), port: 1), answer: []),
                .unsendable("an IPv6 address in SOCKS 4")
            ),
            (
                Conversation(
                    name: "", version: .four(allowsNames: true),
                    destination: SOCKSDestination(.name(long), port: 1), answer: []),
                .tooLong("the host name")
            ),
            (
                Conversation(
                    name: "", version: .four(allowsNames: false),
                    destination: SOCKSDestination(.ipv4(1), port: 1), answer: []),
                .unsendable("an address of the form 0.0.0.x")
            ),
            (
                Conversation(
                    name: "", version: .four(allowsNames: false),
                    destination: SOCKSDestination(.ipv4(255), port: 1), answer: []),
                .unsendable("an address of the form 0.0.0.x")
            ),
        ]
        for (conversation, failure) in cases {
            #expect(throws: failure) { try conversation.make() }
        }
    }

    @Test func `255 bytes of user and password fit`() throws {
        let long = String(repeating: "x", count: 255)
        var handshake = try Conversation(name: "", user: long, password: long, answer: []).make()
        let (sent, _) = try run(&handshake, [5, 2], byByte: false)
        #expect(sent.count == 4 + 3 + 510 && sent[5] == 255 && sent[261] == 255)
    }

    @Test func `each code has its words`() {
        let words: [(UInt8, UInt8, String)] = [
            (5, 1, "it failed in general (code 1)"), (5, 2, "its rules do not allow the connection (code 2)"),
            (5, 3, "the network is unreachable from there (code 3)"),
            (5, 4, "the host is unreachable from there (code 4)"),
            (5, 5, "the connection was refused there (code 5)"),
            (5, 6, "the time to live ran out on the way (code 6)"),
            (5, 7, "it does not know the command CONNECT (code 7)"),
            (5, 8, "it does not know this type of address (code 8)"),
            (5, 9, "it refused with the unknown code 9"),
            (4, 91, "it rejected the request or could not connect (code 91)"),
            (4, 92, "it could not ask this machine's identd for the user (code 92)"),
            (4, 93, "this machine's identd names another user (code 93)"),
            (4, 94, "it refused with the unknown code 94"),
        ]
        for (version, code, text) in words {
            #expect("\(SOCKSFailure.refused(version: version, code: code))" == text)
        }
        let others: [(SOCKSFailure, String)] = [
            (.wrongVersion(72, expected: 5), "it does not speak SOCKS 5: its answer starts with byte 72"),
            (.wrongLoginVersion(9), "its answer to the login has the unknown version 9"),
            (.noAcceptableLogin(offered: false), "it wants a login, and none was given"),
            (
                .noAcceptableLogin(offered: true), "it accepts neither the login that was offered nor none"
            ),
            (.unofferedLogin(1), "it chose login method 1, which was not offered"),
            (.loginRefused, "it refused the user name or the password"),
            (.unknownAddressType(2), "its answer has an address of the unknown type 2"),
            (.ended(inAnswer: false), "it closed the connection without an answer"),
            (.ended(inAnswer: true), "it closed the connection in the middle of its answer"),
            (
                .tooLong("the password"),
                "the password is longer than the 255 bytes that the protocol has room for"
            ),
            (.unsendable("a host name in SOCKS 4"), "the protocol cannot carry a host name in SOCKS 4"),
        ]
        for (failure, text) in others { #expect("\(failure)" == text) }
    }
}
