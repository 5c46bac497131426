/// TLS to an https proxy: the same as for servers, with its own values.
enum ProxyTLSGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("proxy-insecure") {
            Option(
                .proxy, .flag { $0.operation.proxyTLS.insecure = $1 },
                abstract: "do not check the certificate of an https proxy",
                discussion: "As -k does for servers, whose certificates are checked all the same.",
                example: "--proxy-insecure -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-cacert") {
            Option(
                .proxy,
                TrustGroup.pemFile(of: "certificates") { $0.operation.proxyTLS.caFile = $1 },
                abstract: "trust this PEM file for an https proxy",
                discussion:
                    "As --cacert does for servers. Without it the proxy needs a certificate that the system trusts.",
                example: "--proxy-cacert company-ca.pem -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-capath") {
            Option(
                .proxy, .text("folder", .file) { $0.operation.proxyTLS.caFolder = $1 },
                abstract: "trust this folder for an https proxy",
                discussion:
                    "As --capath does for servers. Without it the folder of --capath counts for the proxy, too.",
                example: "--proxy-capath /etc/proxy/certs -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-crlfile") {
            Option(
                .proxy,
                TrustGroup.pemFile(of: "revocation lists") { $0.operation.proxyTLS.revocationList = $1 },
                abstract: "revocation lists for an https proxy",
                discussion: "As --crlfile does for servers.",
                example: "--proxy-crlfile company-crl.pem -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-pinnedpubkey") {
            Option(
                .proxy,
                .value("pins", .bytes) { (builder, use) throws(UsageError) in
                    builder.operation.proxyTLS.publicKeyPins = try TrustGroup.publicKeyPins(builder, use)
                },
                abstract: "accept only an https proxy with this public key",
                discussion: "As --pinnedpubkey does for servers.",
                example:
                    "--proxy-pinnedpubkey sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= -x https://p:3129 u"
            )
        }

        table.option("proxy-cert") {
            Option(
                .proxy,
                .text("file[:password]", [.file, .secret]) {
                    $0.operation.proxyTLS.certificate = OptionValue.certificate($1)
                },
                abstract: "client certificate for an https proxy",
                discussion:
                    "As --cert is for servers, with --proxy-key, --proxy-cert-type, --proxy-key-type and --proxy-pass.",
                example: "--proxy-cert client.pem -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-cert-type") {
            Option(
                .proxy,
                .value("type") { (builder, use) throws(UsageError) in
                    builder.operation.proxyTLS.certificateType = try CertificateGroup.certificateType(use)
                },
                abstract: "format of the file of --proxy-cert",
                discussion: "PEM (the default), DER or P12, as for --cert-type.",
                example:
                    "--proxy-cert c.p12 --proxy-cert-type P12 -x https://proxy.example:3129 https://example.com/",
                suggestions: ["PEM", "DER", "P12"]
            )
        }

        table.option("proxy-key") {
            Option(
                .proxy, .text("file", .file) { $0.operation.proxyTLS.keyFile = $1 },
                abstract: "private key for --proxy-cert",
                discussion: "Without it the key is looked for in the file of --proxy-cert.",
                example:
                    "--proxy-cert c.pem --proxy-key c.key -x https://proxy.example:3129 https://example.com/"
            )
        }

        table.option("proxy-key-type") {
            Option(
                .proxy,
                .value("type") { (builder, use) throws(UsageError) in
                    builder.operation.proxyTLS.keyType = try CertificateGroup.keyType(use)
                },
                abstract: "format of the file of --proxy-key",
                discussion: "PEM (the default) or DER, as for --key-type.",
                example:
                    "--proxy-cert c.pem --proxy-key c.der --proxy-key-type DER -x https://proxy.example:3129 u",
                suggestions: ["PEM", "DER"]
            )
        }

        table.option("proxy-pass") {
            Option(
                .proxy,
                .text("phrase", [.secret, .mayBeBlank, .bytes]) { $0.operation.proxyTLS.password = $1 },
                abstract: "password of the key of --proxy-cert",
                discussion: "As --pass is for servers. The argument is overwritten in the process list.",
                example:
                    "--proxy-cert c.pem --proxy-pass secret -x https://proxy.example:3129 https://example.com/"
            )
        }

        table.option("proxy-tlsv1") {
            Option(
                .proxy,
                .action { (builder, _) throws(UsageError) in builder.operation.proxyTLS.minimumVersion = .v1_0
                },
                abstract: "accept TLS 1.0 and later from an https proxy",
                discussion: "As --tlsv1 does for servers. The default is TLS 1.2 and later.",
                example: "--proxy-tlsv1 -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-ciphers") {
            Option(
                .proxy, .text("list") { $0.operation.proxyTLS.ciphers = $1 },
                abstract: "cipher suites for an https proxy up to TLS 1.2",
                discussion: "As --ciphers is for servers.",
                example: "--proxy-ciphers SECURE256 -x https://proxy.example:3129 https://example.com/")
        }

        table.option("proxy-tls13-ciphers") {
            Option(
                .proxy, .text("list") { $0.operation.proxyTLS.tls13Ciphers = $1 },
                abstract: "cipher suites for an https proxy with TLS 1.3",
                discussion: "As --tls13-ciphers is for servers.",
                example:
                    "--proxy-tls13-ciphers TLS_AES_128_GCM_SHA256 -x https://proxy.example:3129 https://example.com/"
            )
        }
    }
}
