import Connector
import HTTPCore

/// How requests are signed by RFC 9421 (`--httpsig-algo`) when everything else of them is written.
struct SigningPlan: Equatable, Sendable {
    let signature: MessageSignature
    let key: [UInt8]

    /// nil when the key has not the length that the algorithm wants.
    init?(signature: MessageSignature, key: [UInt8]) {
        switch signature.algorithm {
        case .ed25519: guard key.count == SigningKey.seedLength else { return nil }
        case .hmacSHA256: break
        }
        self.signature = signature
        self.key = key
    }
}
