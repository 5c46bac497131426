import TestSupport
import Testing

/// `--aws-sigv4` on the wire. What is signed and how is pinned by the published vectors elsewhere.
@Suite struct SignatureTests {
    private static let when = ["-H", "X-Amz-Date: 20150830T123600Z"]
    private static let login = ["--aws-sigv4", "aws:amz:us-east-1:service", "-u", "AKIDEXAMPLE:secret"]

    private func server() throws -> ScriptedServer {
        try ScriptedServer { [.respond(body: $0.header("authorization") ?? "none")] }
    }

    @Test func `the field stands where others stand, and the date behind it`() throws {
        let server = try server()
        let result = try runFerry(Self.login + [server.url("/")])
        let request = try #require(server.requests.first)
        let day = request.header("x-amz-date")?.prefix(8) ?? ""
        #expect(
            result.outText.hasPrefix(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\(day)/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature="
            ), "\(result)")
        #expect(result.outText.suffix(65).first == "=" && result.outText.suffix(64).allSatisfy(\.isHexDigit))
        #expect(
            request.headerLines.map { $0.prefix { $0 != ":" } } == [
                "Host", "Authorization", "X-Amz-Date", "User-Agent", "Accept",
            ])
        #expect(request.header("x-amz-date")?.count == 16 && day.hasPrefix("20"))
    }

    @Test(arguments: [
        ["/a/b"], ["/?a=1&b=2"], ["/", "-d", "body"], ["/x", "-H", "X-Foo: bar", "-H", "A: b"],
        ["/", "-X", "DELETE"], ["/", "-I"],
    ])
    func `curl signs the same`(_ arguments: [String]) throws {
        guard fileExists("/usr/bin/curl") else { return }
        let server = try server()
        let all = Self.login + Self.when + arguments.dropFirst() + [server.url(arguments[0])]
        _ = try runFerry(["-s"] + all)
        _ = try runProcess("/usr/bin/curl", ["-qs"] + all)
        try #require(server.requests.count == 2)
        let values = server.requests.map { $0.header("authorization") }
        #expect(values[0] != nil && values[0] == values[1])
        #expect(server.requests[0].header("x-amz-date") == "20150830T123600Z")
    }

    @Test func `storage gets the hash of the body in a field`() throws {
        let folder = try TemporaryDirectory()
        try folder.write("upload", to: "f")
        let server = try server()
        let login = ["--aws-sigv4", "aws:amz:us-east-1:s3", "-u", "k:s"]
        for (options, hash) in [
            ([], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (["-d", "abc"], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (["-T", "f"], "UNSIGNED-PAYLOAD"),
            (["-H", "x-amz-content-sha256: STREAMING"], "STREAMING"),
        ] {
            let result = try runFerry(login + options + [server.url("/")], directory: folder.path)
            #expect(result.exitStatus == 0, "\(result)")
            #expect(server.requests.last?.headers("x-amz-content-sha256") == [hash])
            #expect(result.outText.contains("SignedHeaders=host;x-amz-content-sha256;x-amz-date"))
        }
        let other = try runFerry(Self.login + ["-T", "f", server.url("/x")], directory: folder.path)
        #expect(other.exitStatus == 94 && other.errText.contains("wants the body signed"), "\(other)")
    }

    @Test func `nothing of it goes to another origin or into -v`() throws {
        let other = try server()
        let target = other.url("/there")
        let first = try ScriptedServer { _ in [.respond(302, [("Location", target)])] }
        let result = try runFerry(["-L", "-v"] + Self.login + [first.url("/")])
        #expect(result.outText == "none", "\(result)")
        #expect(other.requests[0].header("x-amz-date") == nil)
        #expect(result.errText.contains("> Authorization: AWS4-HMAC-SHA256 [redacted]\r\n"), "\(result)")
        #expect(!result.errText.contains("AKIDEXAMPLE"))
    }

    @Test func `a field of the user's own is the last word`() throws {
        let server = try server()
        #expect(try runFerry(Self.login + ["-H", "Authorization: X", server.url("/")]).outText == "X")
    }

    @Test func `what is missing`() throws {
        let server = try server()
        let anonymous = try runFerry(["--aws-sigv4", "aws:amz:r:s", server.url("/")])
        #expect(anonymous.exitStatus == 94, "\(anonymous)")
        #expect(anonymous.errText.hasSuffix("--aws-sigv4 needs a key and its secret (-u key:secret)\n"))
        let nameless = try runFerry(
            ["--aws-sigv4", "aws:amz", "-u", "k:s", "http://localhost:\(server.port)/"])
        #expect(nameless.exitStatus == 3, "\(nameless)")
        #expect(
            nameless.errText.hasSuffix(
                "the host names neither service nor region for --aws-sigv4; write aws:amz:REGION:SERVICE\n"))
        #expect(server.requests.isEmpty)
    }
}

/// The `--httpsig` options on the wire.
@Suite struct MessageSignatureTransferTests {
    private static let key = "9f8362f87a484a954e6e740c5b4c0e84229139a20aa8ab56ff66586f6a7d29c5"
    private static let options = ["--httpsig-key", key, "--httpsig-keyid", "me"]

    private func server() throws -> ScriptedServer {
        try ScriptedServer { [.respond(body: $0.header("signature-input") ?? "none")] }
    }

    @Test func `both fields stand where a login stands`() throws {
        let server = try server()
        let result = try runFerry(Self.options + ["-u", "a:b", server.url("/x?q=1")])
        let input = #"sig1=("@method" "@authority" "@path" "@query");created="#
        #expect(result.outText.hasPrefix(input), "\(result)")
        #expect(result.outText.hasSuffix(#";keyid="me";alg="ed25519""#), "\(result)")
        let request = try #require(server.requests.first)
        #expect(
            request.headerLines.map { $0.prefix { $0 != ":" } } == [
                "Host", "Authorization", "Signature-Input", "Signature", "User-Agent", "Accept",
            ])
        let signature = try #require(request.header("signature"))
        // 64 bytes in Base64.
        #expect(signature.hasPrefix("sig1=:") && signature.hasSuffix("==:") && signature.count == 6 + 88 + 1)
    }

    @Test func `OpenSSL confirms the signature of what was sent`() throws {
        let folder = try TemporaryDirectory()
        let server = try server()
        let parts = "method authority path query content-type: content-length: user-agent:"
        let result = try runFerry(
            Self.options + ["--httpsig-headers", parts, "-d", "a=b", server.url("/p/%41?x=%20y")])
        let request = try #require(server.requests.first)
        let agent = try #require(request.header("user-agent"))
        let text = """
            "@method": POST
            "@authority": 127.0.0.1:\(server.port)
            "@path": /p/%41
            "@query": ?x=%20y
            "content-type": application/x-www-form-urlencoded
            "content-length": 3
            "user-agent": \(agent)
            "@signature-params": \(result.outText.dropFirst(5))
            """
        try folder.write(text, to: "text")
        let signature = try #require(request.header("signature")).dropFirst(6).dropLast()
        try folder.write("\(signature)\n", to: "signature.b64")
        // The public key of RFC 9421, B.1.4.
        try folder.write(
            """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=
            -----END PUBLIC KEY-----

            """, to: "key.pem")
        let decoded = try runProcess(
            "openssl", ["base64", "-d", "-A", "-in", "signature.b64", "-out", "signature"],
            directory: folder.path)
        #expect(decoded.exitStatus == 0, "\(decoded)")
        let verified = try runProcess(
            "openssl",
            [
                "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "text", "-sigfile",
                "signature",
            ], directory: folder.path)
        #expect(verified.exitStatus == 0 && verified.outText.contains("Verified"), "\(verified)")
    }

    @Test func `nothing of it goes to another origin, into -v or before the user's own`() throws {
        let other = try server()
        let target = other.url("/there")
        let first = try ScriptedServer { _ in [.respond(302, [("Location", target)])] }
        let own = ["-H", "X-Signature: mine"]
        let result = try runFerry(["-L", "-v"] + Self.options + own + [first.url("/")])
        #expect(result.outText == "none", "\(result)")
        #expect(other.requests[0].header("signature") == nil)
        #expect(other.requests[0].header("x-signature") == nil)
        #expect(first.requests[0].header("signature") != nil)
        #expect(first.requests[0].header("x-signature") == "mine")
        #expect(result.errText.contains("> Signature: [redacted]\r\n"), "\(result)")
        let trusted = try runFerry(["--location-trusted"] + Self.options + [first.url("/")])
        #expect(trusted.outText.hasPrefix("sig1=("), "\(trusted)")
        let given = try runFerry(Self.options + ["-H", "Signature-Input: own=()", other.url("/")])
        #expect(given.outText == "own=()", "\(given)")
        #expect(other.requests.last?.header("signature") == nil)
    }

    @Test func `a redirect within the origin is signed anew`() throws {
        let server = try ScriptedServer { request in
            request.target == "/a"
                ? [.respond(302, [("Location", "/b")])]
                : [.respond(body: request.header("signature") ?? "none")]
        }
        let result = try runFerry(
            ["-L", "--httpsig-headers", "path"] + Self.options + [server.url("/a")])
        #expect(result.outText.hasPrefix("sig1=:"), "\(result)")
        #expect(server.requests.count == 2)
        #expect(server.requests[0].header("signature") != server.requests[1].header("signature"))
    }

    @Test func `a field that the request lacks ends it before it is sent`() throws {
        let server = try server()
        let result = try runFerry(
            Self.options + ["--httpsig-headers", "path x-none:", server.url("/")])
        #expect(result.exitStatus == 43, "\(result)")
        #expect(
            result.errText.hasSuffix(
                "the request has no field 'x-none', which --httpsig-headers wants signed\n"), "\(result)")
        #expect(server.requests.isEmpty)
    }
}
