import Connector
import HTTPCore
import Testing

/// Amazon's published test suite and examples for version 4 of its signatures.
@Suite struct AWSSignatureTests {
    private static let hashes = AWSSignature.Hashes(
        digest: { MessageDigest.sha256.digest($0) },
        code: { MessageDigest.sha256.authenticationCode(of: $1, key: $0) })

    /// One case of the suite, signed by AKIDEXAMPLE for `service` in us-east-1.
    struct Vector: Sendable, CustomTestStringConvertible {
        var name: String
        var method = "GET"
        var path = "/"
        var query: String?
        var fields: [(String, String)] = []
        var body = ""
        var signed = "host;x-amz-date"
        var signature: String
        var testDescription: String { name }
    }

    static let vectors = [
        Vector(
            name: "get-vanilla", signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"
        ),
        Vector(
            name: "get-vanilla-query-order-key-case", query: "Param2=value2&Param1=value1",
            signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        Vector(
            name: "get-vanilla-empty-query-key", query: "Param1=value1",
            signature: "a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"),
        Vector(
            name: "get-vanilla-query-unreserved",
            query:
                "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"),
        Vector(
            name: "get-unreserved",
            path: "/-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
            signature: "07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"),
        Vector(
            name: "get-header-value-trim",
            fields: [("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
            signed: "host;my-header1;my-header2;x-amz-date",
            signature: "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"),
        Vector(
            name: "post-vanilla", method: "POST",
            signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        Vector(
            name: "post-header-key-sort", method: "POST", fields: [("My-Header1", "value1")],
            signed: "host;my-header1;x-amz-date",
            signature: "c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"),
        Vector(
            name: "post-x-www-form-urlencoded", method: "POST",
            fields: [("Content-Type", "application/x-www-form-urlencoded")], body: "Param1=value1",
            signed: "content-type;host;x-amz-date",
            signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"),
    ]

    private func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test(arguments: vectors) func `the published suite`(_ vector: Vector) throws {
        let scheme = try #require(AWSSignature.Scheme("aws:amz:us-east-1:service"))
        let signature = try #require(AWSSignature(scheme, host: "example.amazonaws.com"))
        let fields = [("Host", "example.amazonaws.com"), ("X-Amz-Date", "20150830T123600Z")] + vector.fields
        let body = try #require(MessageDigest.sha256.digest(Array(vector.body.utf8)))
        let value = try signature.authorization(
            AWSSignature.Request(
                method: vector.method, path: vector.path, query: vector.query,
                fields: fields.map { HeaderField(name: $0.0, value: $0.1) }, payloadHash: hexadecimal(body),
                timestamp: "20150830T123600Z"),
            key: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", hashes: Self.hashes)
        #expect(
            value
                == "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=\(vector.signed), Signature=\(vector.signature)"
        )
    }

    @Test func `the examples for IAM and S3`() throws {
        func sign(
            _ scheme: String, _ host: String, _ path: String, _ query: String?, _ fields: [(String, String)],
            _ timestamp: String, _ key: String, _ secret: String
        ) throws -> String {
            let signature = try #require(AWSSignature.Scheme(scheme).flatMap { AWSSignature($0, host: host) })
            let value = try signature.authorization(
                AWSSignature.Request(
                    method: "GET", path: path, query: query,
                    fields: ([("host", host), ("x-amz-date", timestamp)] + fields).map {
                        HeaderField(name: $0.0, value: $0.1)
                    }, payloadHash: hexadecimal(MessageDigest.sha256.digest([]) ?? []), timestamp: timestamp),
                key: key, secret: ByteString(secret), hashes: Self.hashes)
            return String(value.suffix(64))
        }
        #expect(
            try sign(
                "aws:amz:us-east-1:iam", "iam.amazonaws.com", "/", "Action=ListUsers&Version=2010-05-08",
                [("content-type", "application/x-www-form-urlencoded; charset=utf-8")], "20150830T123600Z",
                "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
                == "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        #expect(
            try sign(
                "aws:amz:us-east-1:s3", "examplebucket.s3.amazonaws.com", "/test.txt", nil,
                [("range", "bytes=0-9"), ("x-amz-content-sha256", empty)], "20130524T000000Z",
                "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
                == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    static let schemes: [(String, String?)] = [
        ("aws", "aws aws - - X-Aws-Date x-aws-content-sha256"),
        ("AWS:AMZ", "aws amz - - X-Amz-Date x-amz-content-sha256"),
        ("aws:amz:eu-west-1", "aws amz eu-west-1 - X-Amz-Date x-amz-content-sha256"),
        ("osc::reg:svc", "osc osc reg svc X-Osc-Date x-osc-content-sha256"),
        ("aws:amz::s3", "aws amz - s3 X-Amz-Date x-amz-content-sha256"),
        ("", nil), (":amz", nil), ("aws:amz:r:s:more", nil), ("aws:a b", nil), ("aws:a\r\nX: y", nil),
        ("aws:" + String(repeating: "x", count: 65), nil),
    ]

    @Test(arguments: schemes) func `what names a scheme`(_ text: String, _ expected: String?) {
        let scheme = AWSSignature.Scheme(text)
        let shown = scheme.map { scheme in
            [
                scheme.provider, scheme.prefix, scheme.region ?? "-", scheme.service ?? "-", scheme.dateField,
                scheme.hashField,
            ].joined(separator: " ")
        }
        #expect(shown == expected)
    }

    @Test func `the host says what the scheme leaves open`() {
        func named(_ scheme: String, _ host: String) -> String? {
            AWSSignature.Scheme(scheme).flatMap { AWSSignature($0, host: host) }.map {
                "\($0.service) \($0.region)"
            }
        }
        #expect(named("aws:amz", "s3.us-east-1.amazonaws.com") == "s3 us-east-1")
        #expect(named("aws:amz:r", "s3.us-east-1.amazonaws.com") == "s3 r")
        #expect(named("aws:amz::svc", "s3.us-east-1.amazonaws.com") == "svc us-east-1")
        #expect(named("aws:amz:r:svc", "localhost") == "svc r")
        #expect(named("aws:amz:r", "svc.local") == "svc r")
        #expect(named("aws:amz:r", "localhost") == nil)
        #expect(named("aws:amz", "svc.local") == nil)
        #expect(named("aws:amz", ".us-east-1.x") == nil)
    }
}
