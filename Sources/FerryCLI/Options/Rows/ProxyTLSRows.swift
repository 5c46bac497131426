/// TLS to an https proxy: the same as for servers, with its own values.
extension OptionRow {
    static var proxyInsecure: OptionRow {
        OptionRow(
            .proxy, .toggle { $0.operation.proxyTLS.insecure = $1 },
            help: "do not check the certificate of an https proxy",
            text: "As -k does for servers, whose certificates are checked all the same.",
            example: "--proxy-insecure -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyCacert: OptionRow {
        OptionRow(
            .proxy,
            .value("file", .file) { (builder, use) throws(UsageError) in
                builder.operation.proxyTLS.caFile = try TLSStores.existingFile(
                    builder, use, holding: "certificates")
            },
            help: "trust this PEM file for an https proxy",
            text:
                "As --cacert does for servers. Without it the proxy needs a certificate that the system trusts.",
            example: "--proxy-cacert company-ca.pem -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyCapath: OptionRow {
        OptionRow(
            .proxy, .text("folder", .file) { $0.operation.proxyTLS.caFolder = $1 },
            help: "trust this folder for an https proxy",
            text:
                "As --capath does for servers. Without it the folder of --capath counts for the proxy, too.",
            example: "--proxy-capath /etc/proxy/certs -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyCrlfile: OptionRow {
        OptionRow(
            .proxy,
            .value("file", .file) { (builder, use) throws(UsageError) in
                builder.operation.proxyTLS.revocationList = try TLSStores.existingFile(
                    builder, use, holding: "revocation lists")
            },
            help: "revocation lists for an https proxy",
            text: "As --crlfile does for servers.",
            example: "--proxy-crlfile company-crl.pem -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyPinnedpubkey: OptionRow {
        OptionRow(
            .proxy,
            .value("pins") { (builder, use) throws(UsageError) in
                builder.operation.proxyTLS.publicKeyPins = try TLSStores.publicKeyPins(builder, use)
            },
            help: "accept only an https proxy with this public key",
            text: "As --pinnedpubkey does for servers.",
            example:
                "--proxy-pinnedpubkey sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= -x https://p:3129 u"
        )
    }

    static var proxyCert: OptionRow {
        OptionRow(
            .proxy,
            .text("file[:password]", [.file, .secret]) {
                $0.operation.proxyTLS.certificate = OptionValue.certificate($1)
            },
            help: "client certificate for an https proxy",
            text:
                "As --cert is for servers, with --proxy-key, --proxy-cert-type, --proxy-key-type and --proxy-pass.",
            example: "--proxy-cert client.pem -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyCertType: OptionRow {
        OptionRow(
            .proxy,
            .value("type") { (builder, use) throws(UsageError) in
                builder.operation.proxyTLS.certificateType = try TLSStores.certificateType(use)
            },
            help: "format of the file of --proxy-cert",
            text: "PEM (the default), DER or P12, as for --cert-type.",
            example:
                "--proxy-cert c.p12 --proxy-cert-type P12 -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyKey: OptionRow {
        OptionRow(
            .proxy, .text("file", .file) { $0.operation.proxyTLS.keyFile = $1 },
            help: "private key for --proxy-cert",
            text: "Without it the key is looked for in the file of --proxy-cert.",
            example: "--proxy-cert c.pem --proxy-key c.key -x https://proxy.example:3129 https://example.com/"
        )
    }

    static var proxyKeyType: OptionRow {
        OptionRow(
            .proxy,
            .value("type") { (builder, use) throws(UsageError) in
                builder.operation.proxyTLS.keyType = try TLSStores.keyType(use)
            },
            help: "format of the file of --proxy-key",
            text: "PEM (the default) or DER, as for --key-type.",
            example:
                "--proxy-cert c.pem --proxy-key c.der --proxy-key-type DER -x https://proxy.example:3129 u")
    }

    static var proxyPass: OptionRow {
        OptionRow(
            .proxy, .text("phrase", [.secret, .mayBeBlank]) { $0.operation.proxyTLS.password = $1 },
            help: "password of the key of --proxy-cert",
            text: "As --pass is for servers. The argument is overwritten in the process list.",
            example:
                "--proxy-cert c.pem --proxy-pass secret -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyTlsv1: OptionRow {
        OptionRow(
            .proxy,
            .action { (builder, _) throws(UsageError) in builder.operation.proxyTLS.minimumVersion = .v1_0 },
            help: "accept TLS 1.0 and later from an https proxy",
            text: "As --tlsv1 does for servers. The default is TLS 1.2 and later.",
            example: "--proxy-tlsv1 -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyCiphers: OptionRow {
        OptionRow(
            .proxy, .text("list") { $0.operation.proxyTLS.ciphers = $1 },
            help: "cipher suites for an https proxy up to TLS 1.2",
            text: "As --ciphers is for servers.",
            example: "--proxy-ciphers SECURE256 -x https://proxy.example:3129 https://example.com/")
    }

    static var proxyTls13Ciphers: OptionRow {
        OptionRow(
            .proxy, .text("list") { $0.operation.proxyTLS.tls13Ciphers = $1 },
            help: "cipher suites for an https proxy with TLS 1.3",
            text: "As --tls13-ciphers is for servers.",
            example:
                "--proxy-tls13-ciphers TLS_AES_128_GCM_SHA256 -x https://proxy.example:3129 https://example.com/"
        )
    }
}
