import Connector

/// What is offered in a TLS handshake, and how TLS ends.
enum HandshakeGroup {
    private static func minimum(
        _ version: TLSVersionChoice, abstract: String, discussion: String, example: String
    ) -> Option {
        Option(
            .tls,
            .action { (builder, _) throws(UsageError) in builder.operation.tls.minimumVersion = version },
            repeats: .lastOfGroup("oldest version of TLS"), abstract: abstract, discussion: discussion,
            example: example)
    }

    static func options(_ table: inout OptionSearch) {
        table.option("tlsv1", "1") {
            minimum(
                .v1_0, abstract: "accept TLS 1.0 and later",
                discussion: """
                    The default is TLS 1.2 and later. The system's policy for GnuTLS may rule out what this \
                    option allows. Of this option and --tlsv1.0 to --tlsv1.3 the last one counts.
                    """,
                example: "--tlsv1 https://old.example/")
        }

        table.option("tlsv1.0") {
            minimum(
                .v1_0, abstract: "accept TLS 1.0 and later", discussion: "The same as --tlsv1.",
                example: "--tlsv1.0 https://old.example/")
        }

        table.option("tlsv1.1") {
            minimum(
                .v1_1, abstract: "accept TLS 1.1 and later",
                discussion: "Accepts one obsolete version, TLS 1.1, besides the default's. See --tlsv1.",
                example: "--tlsv1.1 https://old.example/")
        }

        table.option("tlsv1.2") {
            minimum(
                .v1_2, abstract: "accept TLS 1.2 and later",
                discussion: "The default. A server without it is exit status 35.",
                example: "--tlsv1.2 https://example.com/")
        }

        table.option("tlsv1.3") {
            minimum(
                .v1_3, abstract: "accept TLS 1.3 only", discussion: "A server without it is exit status 35.",
                example: "--tlsv1.3 https://example.com/")
        }

        table.option("tls-max") {
            Option(
                .tls,
                .value("version") { (builder, use) throws(UsageError) in
                    builder.operation.tls.maximumVersion = try maximumVersion(use)
                },
                abstract: "newest version of TLS to offer",
                discussion: """
                    1.0, 1.1, 1.2, 1.3 or default. One below the oldest version that is accepted (TLS 1.2 \
                    unless --tlsv1 or its kin says otherwise) is exit status 2.
                    """,
                example: "--tls-max 1.2 https://example.com/",
                suggestions: ["1.0", "1.1", "1.2", "1.3", "default"])
        }

        table.option("ciphers") {
            Option(
                .tls, .text("list") { $0.operation.tls.ciphers = $1 },
                abstract: "cipher suites to offer up to TLS 1.2",
                discussion: """
                    Names of suites as OpenSSL or the IANA registry has them, separated by colons or commas; \
                    or a GnuTLS priority string such as SECURE256 or NORMAL:-CHACHA20-POLY1305. GnuTLS \
                    chooses by key exchange, cipher and hash: a list that it cannot offer without offering \
                    other suites, too, is refused (exit status 59), as are unknown names. DEFAULT and HIGH \
                    mean the default, from which names after an exclamation mark are taken out. The ciphers \
                    also bound what TLS 1.3 offers, unless --tls13-ciphers is given.
                    """,
                example: "--ciphers ECDHE-RSA-AES128-GCM-SHA256 https://example.com/")
        }

        table.option("tls13-ciphers") {
            Option(
                .tls, .text("list") { $0.operation.tls.tls13Ciphers = $1 },
                abstract: "cipher suites to offer with TLS 1.3",
                discussion: """
                    Such as TLS_AES_128_GCM_SHA256 or TLS_CHACHA20_POLY1305_SHA256, separated by colons. \
                    Without --ciphers, TLS 1.2 then offers the same ciphers. Unknown names are exit status \
                    59.
                    """,
                example: "--tls13-ciphers TLS_AES_256_GCM_SHA384 https://example.com/")
        }

        table.option("curves") {
            Option(
                .tls, .text("list") { $0.operation.tls.curves = $1 },
                abstract: "groups for the key exchange",
                discussion: """
                    X25519, X448, P-256, P-384, P-521 (or the names secp256r1 and prime256v1 and so on) and \
                    ffdhe2048 to ffdhe8192, separated by colons, most wanted first. Unknown names are exit \
                    status 59.
                    """,
                example: "--curves X25519:P-256 https://example.com/")
        }

        table.option("sigalgs") {
            Option(
                .tls, .text("list") { $0.operation.tls.signatures = $1 },
                abstract: "signature algorithms to accept",
                discussion: """
                    Names as OpenSSL (ECDSA+SHA256, RSA-PSS+SHA256, ed25519) or RFC 8446 has them \
                    (ecdsa_secp256r1_sha256), separated by colons. Unknown names are exit status 35.
                    """,
                example: "--sigalgs ecdsa_secp256r1_sha256:rsa_pss_rsae_sha256 https://example.com/")
        }

        table.option("alpn") {
            Option(
                .tls, .flag(default: true) { $0.operation.tls.alpn = $1 },
                abstract: "do not offer http/1.1 by ALPN",
                discussion:
                    "ALPN names the protocol within TLS. By default http/1.1 is offered, and an answer of anything else is an error.",
                example: "--no-alpn https://example.com/")
        }

        table.option("sessionid") {
            Option(
                .tls, .flag(default: true) { $0.operation.tls.sessions = $1 },
                abstract: "do not resume TLS sessions",
                discussion:
                    "By default a second connection to a server continues the TLS session of the first, which saves a part of the handshake.",
                example: "--no-sessionid https://example.com/a https://example.com/b")
        }

        table.option("ssl-sessions") {
            Option(
                .tls, .text("file", .file) { $0.global.sslSessions = $1 }, scope: .global,
                abstract: "carry TLS sessions from run to run",
                discussion: """
                    Sessions are read from the file before the first connection and those that can be \
                    resumed are written back at the end, so that the next run saves a part of its \
                    handshakes. The server's certificate is checked on resumption as on any other handshake. \
                    The file is made if it does not exist, for its owner alone: it holds keys. One that \
                    others may write, or that cannot be read, is exit status 26; one that cannot be written \
                    23.

                    Its first line is a comment with a random salt; each further line is a session: the \
                    Base64 of the SHA-256 of the salt and the place with its settings, the second since 1970 \
                    when the session is thrown away (a day after it was made), and the Base64 of GnuTLS's \
                    data.
                    """,
                example: "--ssl-sessions sessions.txt https://example.com/")
        }

        table.option("tls-shutdown-timeout") {
            Option(
                .tls, .seconds { $0.global.tlsShutdownTimeout = $1 }, scope: .global,
                abstract: "wait for the server's end of the TLS session",
                discussion: """
                    When a connection is closed, ferry says so in TLS and, by default (0), does not wait for \
                    the answer. At most 30 seconds are waited.
                    """,
                example: "--tls-shutdown-timeout 1 https://example.com/")
        }

        table.option("tls-shutdown-cutoff", alias: "enable-cleanup-closed") {
            Option(
                .tls, .flag { $0.global.enableCleanupClosed = $1 }, scope: .global,
                abstract: "give every TLS shutdown at most 2 seconds",
                discussion: "A ceiling over --tls-shutdown-timeout, after which the connection is dropped.",
                example: "--tls-shutdown-cutoff --tls-shutdown-timeout 10 https://example.com/")
        }
    }

    /// `--tls-max`; nil for `default`.
    private static func maximumVersion(_ use: OptionUse) throws(UsageError) -> TLSVersionChoice? {
        if use.value == "default" { return nil }
        guard let version = TLSVersionChoice(rawValue: use.value) else {
            throw use.refusal("is not a version of TLS (1.0, 1.1, 1.2, 1.3 or default)")
        }
        return version
    }
}
