import TestSupport

/// What the suites about TLS share: an authority, a server's certificate for localhost and a client's, made once.
enum LocalCertificates {
    static let root = TestCertificates.authority()
    static let leaf = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"], issuer: root)
    static let client = TestCertificates.leaf(names: ["client"], issuer: root, purpose: .client)

    /// A folder with `root.pem`, and `client.pem`, which holds certificate and key.
    static func folder() throws -> TemporaryDirectory {
        let folder = try TemporaryDirectory()
        try folder.write(root.certificatePEM, to: "root.pem")
        try folder.write(client.certificatePEM + client.keyPEM, to: "client.pem")
        return folder
    }
}
