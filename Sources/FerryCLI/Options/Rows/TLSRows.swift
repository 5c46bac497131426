/// Certificates and trust.
extension OptionRow {
    static var insecure: OptionRow {
        OptionRow(
            .tls, .toggle { $0.operation.tls.insecure = $1 }, essential: true,
            help: "do not check the server's certificate",
            text: """
                Anyone on the way can then read and change what is sent. --fingerprint or --cacert are better for servers \
                with certificates of their own; a fingerprint is checked even with -k.
                """,
            example: "-k https://localhost:8443/")
    }

    static var cacert: OptionRow {
        OptionRow(
            .tls,
            .value("file", .file) { (builder, use) throws(UsageError) in
                builder.operation.tls.caFile = try TLSStores.existingFile(
                    builder, use, holding: "certificates")
            },
            help: "trust the certificates in this PEM file",
            text: """
                They take the place of the system's bundle and of CURL_CA_BUNDLE, SSL_CERT_FILE and SSL_CERT_DIR; the \
                system's folder of certificates stays trusted unless --capath names another. An https proxy has options \
                of its own (--proxy-cacert). The \
                file has to exist (exit status 2) and to hold certificates (77). A server that it does not vouch for is \
                exit status 60.
                """,
            example: "--cacert company-ca.pem https://intranet.example/")
    }

    static var cert: OptionRow {
        OptionRow(
            .tls,
            .text("file[:password]", [.file, .secret]) {
                $0.operation.tls.certificate = OptionValue.certificate($1)
            },
            help: "present this client certificate",
            text: """
                A PEM file, which may hold the private key too; otherwise --key names that. --cert-type is for other \
                formats. A pkcs11: URI is taken whole and names a certificate on a token. What follows the first colon is \
                the password of the key; \\: is a colon in the name and \\\\ a backslash. The password of an \
                encrypted key is asked for as with --user if it is not given. A certificate that cannot be used is exit \
                status 58.
                """,
            example: "--cert client.pem --key client.key https://example.com/")
    }

    static var key: OptionRow {
        OptionRow(
            .tls, .text("file", .file) { $0.operation.tls.keyFile = $1 },
            help: "private key of the client certificate",
            text:
                "A PEM file, unless --key-type says otherwise, or a pkcs11: URI. Without it the key is looked for in the file of --cert.",
            example: "--cert client.pem --key client.key https://example.com/")
    }

    static var fingerprint: OptionRow {
        OptionRow(
            .tls, .value("sha256", [], OptionStores.fingerprint), repeats: .appends,
            help: "accept only a certificate with this SHA-256",
            text: """
                The 64 hex digits of the SHA-256 of the server's certificate, colons allowed. It replaces the checks of \
                chain and name; given several times, any one may fit. Another certificate is exit status 90, before a \
                byte of HTTP is sent. MD5 and SHA-1 are refused as insecure (exit status 2). --print-fingerprint shows \
                what a server has.
                """,
            example: "--fingerprint \(exampleDigest) https://device.local/")
    }

    /// SHA-256 of nothing: long enough for an example and nobody's certificate.
    private static let exampleDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static var printFingerprint: OptionRow {
        OptionRow(
            .tls, .toggle { $0.global.printFingerprint = $1 }, scope: .global,
            help: "print the server's fingerprint and exit",
            text: """
                Connects to each https URL, prints 'sha256 HEX host:port' for the certificate that the server presents \
                and sends no request. The certificate is not checked: compare what is printed by another way before \
                trusting it.
                """,
            example: "--print-fingerprint https://device.local/")
    }

    static var tlsShutdownTimeout: OptionRow {
        OptionRow(
            .tls, .seconds { $0.global.tlsShutdownTimeout = $1 }, scope: .global,
            help: "wait for the server's end of the TLS session",
            text: """
                When a connection is closed, ferry says so in TLS and, by default (0), does not wait for the answer. At \
                most 30 seconds are waited.
                """,
            example: "--tls-shutdown-timeout 1 https://example.com/")
    }

    static var enableCleanupClosed: OptionRow {
        OptionRow(
            .tls, .toggle { $0.global.enableCleanupClosed = $1 }, scope: .global,
            help: "give every TLS shutdown at most 2 seconds",
            text: "A ceiling over --tls-shutdown-timeout, after which the connection is dropped.",
            example: "--enable-cleanup-closed --tls-shutdown-timeout 10 https://example.com/")
    }
}
