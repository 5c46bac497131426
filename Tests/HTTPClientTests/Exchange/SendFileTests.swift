import Connector
import Glibc
import HTTPCore
import TestSupport
import Testing

@testable import HTTPClient

/// Bodies that the kernel sends from a file by itself: the same bytes, and the same words for what goes wrong.
@Suite(.serialized, .timeLimit(.minutes(1))) @LoopActor struct SendFileTests {
    init() {
        signal(SIGPIPE, SIG_IGN)
    }

    private func unseeing() -> Recorder {
        let handler = Recorder()
        handler.requestBodyMayPassUnseen = true
        return handler
    }

    private func source(_ path: String, start: Int64 = 0, length: Int) -> FileBodySource {
        FileBodySource(
            name: "f", descriptor: open(path, O_RDONLY | O_CLOEXEC), start: start, length: Int64(length))
    }

    @Test(arguments: [0, 1, 100_000, 9_000_019])
    func `a file goes out from its offset, once and again`(_ count: Int) async throws {
        let directory = try TemporaryDirectory()
        let whole = content(count + 1000)
        let path = try directory.write(whole, to: "f")
        let rig = try Rig { _ in [.respond()] }
        let source = source(path, start: 1000, length: count)
        for _ in 0..<2 {
            let seen = try await rig.send(.upload(.sized(source)), handler: unseeing())
            #expect(seen.sentUnseen == count)
            #expect(seen.sentBody.isEmpty)
            #expect(source.rewind())
        }
        let requests = rig.server.requests
        #expect(requests.count == 2)
        #expect(requests.allSatisfy { same($0.rawBody, Array(whole[1000...])) })
        #expect(rig.keepsOne)
    }

    @Test func `a socket that takes little at a time gets all of it`() async throws {
        let directory = try TemporaryDirectory()
        let body = content(3_000_000)
        let path = try directory.write(body, to: "f")
        let rig = try Rig(narrow: [.expectRequest, .respond(), .hold])
        let seen = try await rig.send(
            .upload(.sized(source(path, length: body.count))), handler: unseeing())
        #expect(seen.sentUnseen == body.count)
        #expect(same(rig.server.requests.first?.rawBody, body))
    }

    @Test func `what is encrypted passes through here`() async throws {
        let directory = try TemporaryDirectory()
        let body = content(400_000)
        let path = try directory.write(body, to: "f")
        let rig = try Rig(
            tls: .insecure, serverTLS: ServerTLS(TestCertificates.leaf()),
            scripts: [.expectRequest, .respond()])
        let seen = try await rig.send(
            .upload(.sized(source(path, length: body.count))), handler: unseeing())
        #expect(seen.sentUnseen == 0)
        #expect(same(seen.sentBody, body))
        #expect(same(rig.server.requests.first?.rawBody, body))
    }

    @Test func `the parts of a body that are files go out the same way, between the others`() async throws {
        let directory = try TemporaryDirectory()
        let file = content(500_000)
        let path = try directory.write(file, to: "f")
        let body = CompositeBodySource([
            .bytes(bytes("head")), .source(MemoryBodySource(bytes("encode me")), .base64),
            .source(OnDemandFileSource(path: path, size: 500_000), .binary), .bytes(bytes("middle")),
            .source(source(path, length: file.count), .eightBit), .bytes(bytes("tail")),
        ])
        let rig = try Rig { _ in [.respond()] }
        let seen = try await rig.send(.upload(.sized(body)), handler: unseeing())
        #expect(seen.sentUnseen > 500_000)
        #expect(Int64(seen.sentUnseen + seen.sentBody.count) == body.length)
        let expected =
            bytes("head") + bytes("ZW5jb2RlIG1l") + file + bytes("middle") + file + bytes("tail")
        #expect(same(rig.server.requests.first?.rawBody, expected))
        #expect(rig.keepsOne)
    }

    @Test(arguments: [0, 10, 5_000_000])
    func `a file that became shorter ends the exchange with that reason`(_ size: Int) async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(content(size), to: "f")
        let rig = try Rig(scripts: [.expectRequest, .hold])
        #expect(
            await rig.failure(.upload(.sized(source(path, length: size + 10))), handler: unseeing())
                == "cannot read f: it became shorter while it was sent")
        #expect(rig.isEmpty)
        #expect(await rig.server.endedConnections(1))
    }

    @Test func `a file that the kernel does not send from is read`() async throws {
        let content = try #require(readFile("/proc/version"))
        let rig = try Rig { _ in [.respond()] }
        let seen = try await rig.send(
            .upload(.sized(source("/proc/version", length: content.count))), handler: unseeing())
        #expect(seen.sentUnseen + seen.sentBody.count == content.count)
        #expect(rig.server.requests.map(\.rawBody) == [content])
    }

    @Test func `a file that cannot be read ends the exchange with that reason`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(content(10), to: "f")
        let rig = try Rig(scripts: [.expectHead, .hold])
        let unreadable = FileBodySource(
            name: "f", descriptor: open(path, O_WRONLY | O_CLOEXEC), start: 0, length: 10)
        #expect(
            await rig.failure(.upload(.sized(unreadable)), handler: unseeing())
                == "cannot read f: bad file descriptor")
        #expect(rig.isEmpty)
    }

    @Test func `a refusal during the upload is delivered, not our broken pipe`() async throws {
        let directory = try TemporaryDirectory()
        try directory.writeSparse("f", size: 1 << 30)
        let rig = try Rig(scripts: [.expectHead, .respond(413, body: "too large"), .closeAbruptly])
        let seen = try await rig.send(
            .upload(.sized(source(directory.file("f"), length: 1 << 30))), handler: unseeing())
        #expect(seen.status == 413)
        #expect(seen.bodyText == "too large")
        #expect(!seen.events.contains("finished"))
        #expect(rig.isEmpty)
    }

    @Test func `a server that goes without an answer is a failure to send`() async throws {
        let directory = try TemporaryDirectory()
        try directory.writeSparse("f", size: 1 << 30)
        let rig = try Rig(scripts: [.expectHead, .reset])
        let reason = await rig.failure(
            .upload(.sized(source(directory.file("f"), length: 1 << 30))), handler: unseeing())
        #expect(
            ["connection reset by peer", "broken pipe"].contains { reason.hasSuffix($0) }, "\(reason)")
        #expect(rig.isEmpty)
    }

    @Test func `a server that takes nothing is given up in time`() async throws {
        let directory = try TemporaryDirectory()
        try directory.writeSparse("f", size: 1 << 30)
        let rig = try Rig(scripts: [.expectHead, .hold])
        let reason = await rig.failure(
            .upload(.sized(source(directory.file("f"), length: 1 << 30))), handler: unseeing(),
            deadline: .now + .milliseconds(300))
        #expect(reason == "timed out while sending the request")
        #expect(rig.isEmpty)
    }

    @Test func `the body of the file waits for the server's leave`() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(content(300_000), to: "f")
        let rig = try Rig(scripts: [
            .expectHead, .send("HTTP/1.1 100 Continue\r\n\r\n"), .expectBody, .respond(body: "ok"), .hold,
        ])
        let seen = try await rig.send(
            .upload(.sized(source(path, length: 300_000)), expecting: .seconds(60)), handler: unseeing())
        #expect(
            seen.events == [
                "begin", "head sent", "answer", "100", "body sent", "finished", "head 200", "body", "end",
            ])
        #expect(seen.sentUnseen == 300_000)
    }
}
