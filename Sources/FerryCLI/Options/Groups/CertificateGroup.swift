import Connector

/// Client certificates.
enum CertificateGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("cert", "E") {
            Option(
                .tls,
                .text("file[:password]", [.file, .secret]) {
                    $0.operation.tls.certificate = OptionValue.certificate($1)
                },
                abstract: "present this client certificate",
                discussion: """
                    A PEM file, which may hold the private key too; otherwise --key names that. --cert-type \
                    is for other formats. A pkcs11: URI is taken whole and names a certificate on a token. \
                    What follows the first colon is the password of the key; \\: is a colon in the name and \
                    \\\\ a backslash. The password of an encrypted key is asked for as with --user if it is \
                    not given. The server may ask for the certificate in the handshake or, for some resources, \
                    after the request. A certificate that cannot be used is exit status 58.
                    """,
                example: "--cert client.pem --key client.key https://example.com/")
        }

        table.option("cert-type") {
            Option(
                .tls,
                .value("type") { (builder, use) throws(UsageError) in
                    builder.operation.tls.certificateType = try certificateType(use)
                },
                abstract: "format of the file of --cert",
                discussion: """
                    PEM (the default), DER for one binary certificate, or P12 for a PKCS #12 container, \
                    which holds the key too. Other types are exit status 58.
                    """,
                example: "--cert client.p12:secret --cert-type P12 https://example.com/",
                suggestions: ["PEM", "DER", "P12"])
        }

        table.option("key") {
            Option(
                .tls, .text("file", .file) { $0.operation.tls.keyFile = $1 },
                abstract: "private key of the client certificate",
                discussion:
                    "A PEM file, unless --key-type says otherwise, or a pkcs11: URI. Without it the key is looked for in the file of --cert.",
                example: "--cert client.pem --key client.key https://example.com/")
        }

        table.option("key-type") {
            Option(
                .tls,
                .value("type") { (builder, use) throws(UsageError) in
                    builder.operation.tls.keyType = try keyType(use)
                },
                abstract: "format of the file of --key",
                discussion: "PEM (the default) or DER. Other types are exit status 58.",
                example: "--cert client.pem --key client.der --key-type DER https://example.com/",
                suggestions: ["PEM", "DER"])
        }

        table.option("pass") {
            Option(
                .tls, .text("phrase", [.secret, .mayBeBlank, .bytes]) { $0.operation.tls.password = $1 },
                abstract: "password of the client certificate's key",
                discussion: """
                    Opens an encrypted key, a PKCS #12 container or a token. It wins over what follows the \
                    colon of --cert. The argument is overwritten in the process list. A wrong password is \
                    exit status 58.
                    """,
                example: "--cert client.pem --key client.key --pass secret https://example.com/")
        }
    }

    /// `--cert-type`: PEM, DER or P12 in either case.
    static func certificateType(_ use: OptionUse) throws(UsageError) -> KeyFileType {
        try type(use, allowed: [.pem, .der, .p12], "PEM, DER or P12")
    }

    /// `--key-type`: PEM or DER in either case.
    static func keyType(_ use: OptionUse) throws(UsageError) -> KeyFileType {
        try type(use, allowed: [.pem, .der], "PEM or DER")
    }

    private static func type(
        _ use: OptionUse, allowed: [KeyFileType], _ names: String
    ) throws(UsageError) -> KeyFileType {
        let text = use.value.uppercased()
        if let type = KeyFileType(rawValue: text), allowed.contains(type) { return type }
        let isOfOpenSSL = text == "ENG" || text == "PROV"
        throw use.refusal(
            isOfOpenSSL
                ? "is for OpenSSL's engines and providers only (\(names); a pkcs11: URI needs no type)"
                : "is not a type of file (\(names))",
            status: .clientCertificate)
    }
}
