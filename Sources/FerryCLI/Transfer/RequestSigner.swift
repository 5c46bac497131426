import Connector
import HTTPClient
import HTTPCore

/// Signs requests of one hop (`--aws-sigv4`) when everything else of them is written. An object, because it is large and
/// most hops have none.
final class RequestSigner {
    let signature: AWSSignature
    let key: String
    let secret: ByteString
    let url: HTTPURL
    /// Names of the fields that the user gave: they are signed as well.
    let given: [String]
    /// Seconds since 1970.
    let now: Int64

    init(
        signature: AWSSignature, key: String, secret: ByteString, url: HTTPURL, given: [String], now: Int64
    ) {
        self.signature = signature
        self.key = key
        self.secret = secret
        self.url = url
        self.given = given
        self.now = now
    }

    /// Adds the fields of the signature behind Host and Proxy-Authorization, which no server but a proxy sees.
    func sign(_ request: inout RequestMessage) throws {
        let scheme = signature.scheme
        func value(_ name: String) -> String? {
            request.fields.first { $0.isNamed(name) }?.value
        }
        var added: [HeaderField] = []
        let timestamp = value(scheme.dateField) ?? HTTPDate.formatBasic(now)
        if value(scheme.dateField) == nil {
            added.append(HeaderField(name: scheme.dateField, value: timestamp))
        }
        let payloadHash = try value(scheme.hashField) ?? hash(of: request.body)
        if signature.isStorage, value(scheme.hashField) == nil {
            added.append(HeaderField(name: scheme.hashField, value: payloadHash))
        }
        let signed = request.fields.filter { field in
            field.isNamed("Host") || given.contains(where: field.isNamed)
        }
        let authorization = try signature.authorization(
            AWSSignature.Request(
                method: request.method, path: url.path, query: url.query, fields: signed + added,
                payloadHash: payloadHash, timestamp: timestamp), key: key, secret: secret,
            hashes: Self.hashes)
        let place =
            request.fields.firstIndex { !$0.isNamed("Host") && !$0.isNamed("Proxy-Authorization") }
            ?? request.fields.endIndex
        request.fields.insert(
            contentsOf: [HeaderField(name: "Authorization", value: authorization)] + added, at: place)
    }

    /// A body that is read while it is sent has no hash yet. Storage can do without.
    private func hash(of body: RequestBody) throws -> String {
        let bytes: [UInt8]
        switch body {
        case .none: bytes = []
        case .bytes(let body): bytes = body
        case .sized, .chunked:
            guard signature.isStorage else {
                throw TransferFailure(
                    .authenticationFailed,
                    "the service '\(signature.service)' wants the body signed, and a file or stream has no hash before it is sent; give its SHA-256 with -H '\(signature.scheme.hashField): ...'"
                )
            }
            return AWSSignature.unsignedPayload
        }
        return try AWSSignature.payloadHash(bytes, hashes: Self.hashes)
    }

    private static let hashes = AWSSignature.Hashes(
        digest: { MessageDigest.sha256.digest($0) },
        code: { MessageDigest.sha256.authenticationCode(of: $1, key: $0) })
}
