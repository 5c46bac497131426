/// Trust beyond `--cacert`, and client certificates beyond PEM files.
extension OptionRow {
    static var capath: OptionRow {
        OptionRow(
            .tls, .text("folder", .file) { $0.operation.tls.caFolder = $1 },
            help: "trust the certificates of this folder",
            text: """
                Every PEM file in it counts, whatever its name; several folders are separated by colons. It takes the \
                place of the system's folder, not of its bundle: --cacert does that. A folder that cannot be read is exit \
                status 77.
                """,
            example: "--capath /etc/company/certs --cacert company-ca.pem https://intranet.example/")
    }

    static var crlfile: OptionRow {
        OptionRow(
            .tls,
            .value("file", .file) { (builder, use) throws(UsageError) in
                builder.operation.tls.revocationList = try TLSStores.existingFile(
                    builder, use, holding: "revocation lists")
            },
            help: "refuse certificates that this PEM file revokes",
            text: """
                The file has to exist (exit status 2) and to hold at least one list (82). A certificate that a list \
                revokes is exit status 60, and so is one whose issuer's list is out of date. Issuers without a list are not \
                asked for one.
                """,
            example: "--crlfile company-crl.pem --cacert company-ca.pem https://intranet.example/")
    }

    static var certStatus: OptionRow {
        OptionRow(
            .tls, .toggle { $0.operation.tls.requiresStatus = $1 },
            help: "demand an OCSP answer by which the certificate is good",
            text: """
                The server has to staple to its handshake an answer of its certificate's issuer that is current and says \
                good. Anything else is exit status 91. TLS sessions are not resumed then: only a full handshake brings \
                the answer.
                """,
            example: "--cert-status https://example.com/")
    }

    static var pinnedpubkey: OptionRow {
        OptionRow(
            .tls,
            .value("pins") { (builder, use) throws(UsageError) in
                builder.operation.tls.publicKeyPins = try TLSStores.publicKeyPins(builder, use)
            },
            help: "accept only a server with this public key",
            text: """
                sha256// and the Base64 of the SHA-256 of the server's public key, several of them separated by \
                semicolons, any of which may fit (those that cannot are left out); or a file that holds the key itself in PEM or DER. Chain and name are \
                checked besides, unless -k is given, and the pin also with -k. Another key is exit status 90, before a \
                byte of HTTP is sent. A key outlives the certificates that are made for it; --fingerprint pins one \
                certificate.
                """,
            example: "--pinnedpubkey sha256//\(exampleKey) https://example.com/")
    }

    /// SHA-256 of nothing: long enough for an example and nobody's key.
    private static let exampleKey = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    static var hsts: OptionRow {
        OptionRow(
            .tls, .text("file", [.file, .mayBeBlank]) { $0.operation.hsts.append($1) }, repeats: .appends,
            help: "remember which hosts want https only",
            text: """
                Hosts that ask for it (Strict-Transport-Security, RFC 6797) are read from the file, and from then on an \
                http URL of such a host is asked over https, before anything is sent. New hosts are learned from \
                answers over TLS whose certificate was checked, so not with -k or --fingerprint, and never for \
                addresses. At the end the file is written anew, whole or not at all; with several files all are read \
                and the last one is written. An empty name keeps the hosts for this run only. At most 10000 hosts are \
                kept. curl's files have the same format.
                """,
            example: "--hsts hosts.txt http://example.com/")
    }

    static var certType: OptionRow {
        OptionRow(
            .tls,
            .value("type") { (builder, use) throws(UsageError) in
                builder.operation.tls.certificateType = try TLSStores.certificateType(use)
            },
            help: "format of the file of --cert",
            text: """
                PEM (the default), DER for one binary certificate, or P12 for a PKCS #12 container, which holds the key \
                too. Other types are exit status 58.
                """,
            example: "--cert client.p12:secret --cert-type P12 https://example.com/")
    }

    static var keyType: OptionRow {
        OptionRow(
            .tls,
            .value("type") { (builder, use) throws(UsageError) in
                builder.operation.tls.keyType = try TLSStores.keyType(use)
            },
            help: "format of the file of --key",
            text: "PEM (the default) or DER. Other types are exit status 58.",
            example: "--cert client.pem --key client.der --key-type DER https://example.com/")
    }

    static var pass: OptionRow {
        OptionRow(
            .tls, .text("phrase", [.secret, .mayBeBlank]) { $0.operation.tls.password = $1 },
            help: "password of the client certificate's key",
            text: """
                Opens an encrypted key, a PKCS #12 container or a token. It wins over what follows the colon of --cert. \
                The argument is overwritten in the process list. A wrong password is exit status 58.
                """,
            example: "--cert client.pem --key client.key --pass secret https://example.com/")
    }
}
