import Connector

/// Which servers are trusted.
enum TrustGroup {
    /// SHA-256 of nothing: long enough for an example and nobody's key.
    private static let exampleKey = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    /// The same in hexadecimal, and nobody's certificate.
    private static let exampleDigest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    static func options(_ table: inout OptionSearch) {
        table.option("insecure", "k") {
            Option(
                .tls, .flag { $0.operation.tls.insecure = $1 }, essential: true,
                abstract: "do not check the server's certificate",
                discussion: """
                    Anyone on the way can then read and change what is sent. --fingerprint or --cacert are \
                    better for servers with certificates of their own; a fingerprint is checked even with \
                    -k.
                    """,
                example: "-k https://localhost:8443/")
        }

        table.option("cacert") {
            Option(
                .tls,
                pemFile(of: "certificates") { $0.operation.tls.caFile = $1 },
                abstract: "trust the certificates in this PEM file",
                discussion: """
                    They take the place of the system's bundle and of CURL_CA_BUNDLE, SSL_CERT_FILE and \
                    SSL_CERT_DIR; the system's folder of certificates stays trusted unless --capath names \
                    another. An https proxy has options of its own (--proxy-cacert). The file has to exist \
                    (exit status 2) and to hold certificates (77). A server that it does not vouch for is \
                    exit status 60.
                    """,
                example: "--cacert company-ca.pem https://intranet.example/")
        }

        table.option("capath") {
            Option(
                .tls, .text("folder", .file) { $0.operation.tls.caFolder = $1 },
                abstract: "trust the certificates of this folder",
                discussion: """
                    Every PEM file in it counts, whatever its name; several folders are separated by colons. \
                    It takes the place of the system's folder, not of its bundle: --cacert does that. A \
                    folder that cannot be read is exit status 77.
                    """,
                example: "--capath /etc/company/certs --cacert company-ca.pem https://intranet.example/")
        }

        table.option("crlfile") {
            Option(
                .tls,
                pemFile(of: "revocation lists") { $0.operation.tls.revocationList = $1 },
                abstract: "refuse certificates that this PEM file revokes",
                discussion: """
                    The file has to exist (exit status 2) and to hold at least one list (82). A certificate \
                    that a list revokes is exit status 60, and so is one whose issuer's list is out of date. \
                    Issuers without a list are not asked for one.
                    """,
                example: "--crlfile company-crl.pem --cacert company-ca.pem https://intranet.example/")
        }

        table.option("cert-status") {
            Option(
                .tls, .flag { $0.operation.tls.requiresStatus = $1 },
                abstract: "demand an OCSP answer by which the certificate is good",
                discussion: """
                    The server has to staple to its handshake an answer of its certificate's issuer that is \
                    current and says good. Anything else is exit status 91. TLS sessions are not resumed \
                    then: only a full handshake brings the answer.
                    """,
                example: "--cert-status https://example.com/")
        }

        table.option("pinnedpubkey") {
            Option(
                .tls,
                .value("pins", .bytes) { (builder, use) throws(UsageError) in
                    builder.operation.tls.publicKeyPins = try publicKeyPins(builder, use)
                },
                abstract: "accept only a server with this public key",
                discussion: """
                    sha256// and the Base64 of the SHA-256 of the server's public key, several of them \
                    separated by semicolons, any of which may fit (those that cannot are left out); or a \
                    file that holds the key itself in PEM or DER. Chain and name are checked besides, unless \
                    -k is given, and the pin also with -k. Another key is exit status 90, before a byte of \
                    HTTP is sent. A key outlives the certificates that are made for it; --fingerprint pins \
                    one certificate.
                    """,
                example: "--pinnedpubkey sha256//\(exampleKey) https://example.com/")
        }

        table.option("fingerprint") {
            Option(
                .tls, .value("sha256", [], fingerprint), repeats: .appends,
                abstract: "accept only a certificate with this SHA-256",
                discussion: """
                    The 64 hex digits of the SHA-256 of the server's certificate, also as openssl and \
                    --print-fingerprint show it: with colons, blanks, 'sha256:' or 'SHA256 Fingerprint='. It \
                    replaces the checks of chain and name; given several times, any one may fit. Another \
                    certificate is exit status 90, before a byte of HTTP is sent. MD5 and SHA-1 are refused \
                    as insecure (exit status 2). --print-fingerprint shows what a server has.
                    """,
                example: "--fingerprint \(exampleDigest) https://device.local/")
        }

        table.option("print-fingerprint") {
            Option(
                .tls, .flag { $0.global.printFingerprint = $1 }, scope: .global,
                abstract: "print the server's fingerprint and exit",
                discussion: """
                    Connects to each https URL, prints 'sha256 HEX host:port' for the certificate that the \
                    server presents and sends no request. The certificate is not checked: compare what is \
                    printed by another way before trusting it.
                    """,
                example: "--print-fingerprint https://device.local/")
        }

        table.option("hsts") {
            Option(
                .tls, .text("file", [.file, .mayBeBlank]) { $0.operation.hsts.append($1) }, repeats: .appends,
                abstract: "remember which hosts want https only",
                discussion: """
                    Hosts that ask for it (Strict-Transport-Security, RFC 6797) are read from the file, and \
                    from then on an http URL of such a host is asked over https, before anything is sent. \
                    New hosts are learned from answers over TLS whose certificate was checked, so not with \
                    -k or --fingerprint, and never for addresses. At the end the file is written anew, whole \
                    or not at all; with several files all are read and the last one is written. An empty \
                    name keeps the hosts for this run only. At most 10000 hosts are kept. curl's files have \
                    the same format.
                    """,
                example: "--hsts hosts.txt http://example.com/")
        }
    }

    /// `--cacert`, `--crlfile` and the proxy's: the file has to be there before anything is fetched.
    static func pemFile(of what: String, _ store: @escaping OptionKind.Store<String>) -> OptionKind {
        .value("file", .file) { (builder, use) throws(UsageError) in
            guard builder.files.exists(use.value) else {
                throw use.refusal("does not exist (a file of PEM \(what) is needed)")
            }
            store(builder, use.value)
        }
    }

    /// `--pinnedpubkey`: `sha256//BASE64`, more of them after semicolons, or a file with the public key itself.
    static func publicKeyPins(
        _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> [[UInt8]] {
        if use.value.hasPrefix("sha256//") {
            guard let pins = PublicKeyPin.list(use.value) else {
                throw use.refusal(
                    "is not a list of pins (sha256// and the Base64 of 32 bytes, separated by semicolons)",
                    status: .pinMismatch)
            }
            return pins.map(\.bytes)
        }
        let content: [UInt8]
        do {
            content = try builder.files.contents(of: use.value, limit: 1 << 20)
        } catch {
            throw UsageError(
                flag: use.flag, problem: "cannot read \(Quoting.quoted(use.value)): \(error)",
                status: error == .timedOut ? .timedOut : .pinMismatch)
        }
        guard let pin = PublicKeyPin(publicKey: content) else {
            throw use.refusal(
                "holds no public key (a file in PEM or DER, or sha256//BASE64 is needed)",
                status: .pinMismatch)
        }
        return [pin.bytes]
    }

    /// `--fingerprint`.
    private static func fingerprint(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        do throws(FingerprintError) {
            builder.operation.fingerprints.append(try Fingerprint(hex: use.value).bytes)
        } catch {
            switch error {
            case .md5:
                throw use.refusal(
                    "has the length of MD5, which is insecure; a SHA-256 fingerprint has 64 hex digits")
            case .sha1:
                throw use.refusal(
                    "has the length of SHA-1, which is insecure; a SHA-256 fingerprint has 64 hex digits")
            case .length, .notHexadecimal:
                throw use.refusal("is not a SHA-256 fingerprint (64 hex digits, colons allowed)")
            }
        }
    }
}
