/// Debian's `openssl` as a certificate authority that keeps books: revocation lists and OCSP answers by another
/// implementation than the one under test.
public final class OpenSSLAuthority {
    private let directory: TemporaryDirectory
    private let root: TestCertificate
    private var index = ""

    /// Books for the certificates that `root` signed.
    public init(_ root: TestCertificate) throws {
        self.root = root
        directory = try TemporaryDirectory()
        try directory.write(root.certificatePEM, to: "root.pem")
        try directory.write(root.keyPEM, to: "root.key")
        try directory.write("01\n", to: "number")
        try directory.write(
            """
            [ca]
            default_ca = books
            [books]
            database = \(directory.file("index"))
            crlnumber = \(directory.file("number"))
            default_md = sha256
            default_crl_days = 5
            """, to: "conf")
        try directory.write("", to: "index")
    }

    /// Notes a certificate, good or revoked.
    public func note(_ certificate: TestCertificate, isRevoked: Bool = false) throws {
        try directory.write(certificate.certificatePEM, to: "leaf.pem")
        let serial = try openssl("x509", "-noout", "-serial", "-in", directory.file("leaf.pem")).outText
            .split(separator: "=").last.map { String($0.prefix { $0 != "\n" }) }
        let state = isRevoked ? "R\t490101000000Z\t200101000000Z" : "V\t490101000000Z\t"
        index += "\(state)\t\(serial ?? "")\tunknown\t/CN=\(serial ?? "")\n"
        try directory.write(index, to: "index")
    }

    /// A revocation list, PEM.
    public func revocationList() throws -> String {
        try openssl(
            "ca", "-config", directory.file("conf"), "-gencrl", "-keyfile", directory.file("root.key"),
            "-cert", directory.file("root.pem")
        ).outText
    }

    /// The OCSP answer about a certificate, DER, signed by `signer` or, without one, by the root itself. Entries about
    /// `others` stand before its own. It holds for so many `days`; nil says nothing about that.
    public func status(
        of certificate: TestCertificate, after others: [TestCertificate] = [], signer: TestCertificate? = nil,
        days: Int? = 1
    ) throws -> [UInt8] {
        var asked: [String] = []
        for (number, certificate) in (others + [certificate]).enumerated() {
            try directory.write(certificate.certificatePEM, to: "asked\(number).pem")
            asked += ["-cert", directory.file("asked\(number).pem")]
        }
        try directory.write((signer ?? root).certificatePEM, to: "signer.pem")
        try directory.write((signer ?? root).keyPEM, to: "signer.key")
        _ = try openssl(
            ["ocsp", "-issuer", directory.file("root.pem")] + asked
                + ["-no_nonce", "-reqout", directory.file("request")])
        _ = try openssl(
            [
                "ocsp", "-index", directory.file("index"), "-CA", directory.file("root.pem"), "-rsigner",
                directory.file("signer.pem"), "-rkey", directory.file("signer.key"), "-reqin",
                directory.file("request"), "-respout", directory.file("answer"),
            ] + (days.map { ["-ndays", "\($0)"] } ?? []))
        return directory.read("answer") ?? []
    }

    private func openssl(_ arguments: String...) throws -> ProcessResult {
        try openssl(arguments)
    }

    private func openssl(_ arguments: [String]) throws -> ProcessResult {
        let result = try runProcess("openssl", arguments)
        guard result.exitStatus == 0 else {
            throw SystemFailure("openssl \(arguments[0]): \(result.errText)", code: 0)
        }
        return result
    }
}
