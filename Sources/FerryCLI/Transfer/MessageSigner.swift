import Connector
import HTTPClient
import HTTPCore

extension SigningPlan {
    /// Adds the fields of the signature behind those of the login. `now` is in seconds since 1970.
    func sign(_ request: inout RequestMessage, to url: HTTPURL, now: Int64) throws {
        // A target of the user's own is what the server sees.
        let target = request.target.utf8.first == UInt8(ascii: "/") ? request.target : url.requestTarget
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).map(
            String.init)
        let base: MessageSignature.Base
        do throws(MessageSignature.MissingField) {
            base = try signature.base(
                of: MessageSignature.Request(
                    method: request.method, authority: url.hostHeader,
                    defaultPort: url.scheme.defaultPort, path: parts[0],
                    query: parts.count > 1 ? parts[1] : nil, fields: request.fields), created: now)
        } catch {
            throw TransferFailure(
                .badFunctionArgument,
                "the request has no field '\(error.name)', which --httpsig-headers wants signed")
        }
        guard let bytes = code(of: Array(base.text.utf8)) else {
            throw TransferFailure(
                .badFunctionArgument,
                "GnuTLS makes no signature by \(signature.algorithm.rawValue), which --httpsig-algo asks for")
        }
        let before = ["Host", "Proxy-Authorization", "Authorization"]
        let place =
            request.fields.firstIndex { field in !before.contains(where: field.isNamed) }
            ?? request.fields.endIndex
        request.fields.insert(contentsOf: MessageSignature.fields(base, signature: bytes), at: place)
    }

    private func code(of text: [UInt8]) -> [UInt8]? {
        switch signature.algorithm {
        case .ed25519: SigningKey(ed25519Seed: key)?.signature(of: text)
        case .hmacSHA256: MessageDigest.sha256.authenticationCode(of: text, key: key)
        }
    }
}
