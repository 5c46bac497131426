public import HTTPCore

extension HSTSStore {
    /// Takes what an https response from `url` says of its host. Only its first field counts (RFC 6797 §8.1). To be called
    /// only where the certificate was verified.
    public mutating func learn(_ head: ResponseHead, from url: HTTPURL, now: Int64) {
        guard url.scheme == .https,
            let field = head.fields.first(where: { $0.isNamed("Strict-Transport-Security") })
        else { return }
        learn(field.valueBytes, from: url.host, now: now)
    }
}
