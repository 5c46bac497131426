import HTTPCore

/// How one logs in: schemes, netrc, tokens, signatures.
enum LoginGroup {
    static func options(_ table: inout OptionSearch) {
        table.option("user", "u") {
            Option(
                .request,
                .text("user:password", [.secret, .bytes]) { $0.operation.user = OptionValue.credentials($1) },
                essential: true,
                abstract: "log in with this user and password",
                discussion: """
                    Sends them as Basic authentication, or as --digest or --anyauth say. The text is split \
                    at the first colon; without one the password is asked for on the terminal, or is the \
                    next line of standard input where there is no terminal and no other option reads that. \
                    It wins over a login in the URL and is sent to no other origin on redirect, unless \
                    --location-trusted is given. The argument is overwritten in the process list as soon as \
                    it is read; a config file hides it better.
                    """,
                example: "-u alice:secret https://example.com/private")
        }

        table.option("basic") {
            Option(
                .request, .flag { scheme($0, .basic, isOn: $1) },
                abstract: "log in with Basic authentication (the default)",
                discussion: """
                    User and password go with the first request, readable by everybody who sees it: use it \
                    over https. Together with --digest it allows both, as --anyauth does.
                    """,
                example: "--basic -u alice:secret https://example.com/private")
        }

        table.option("digest") {
            Option(
                .request, .flag { scheme($0, .digest, isOn: $1) },
                abstract: "log in with Digest authentication",
                discussion: """
                    The first request goes without login (and an upload without its body); the server's \
                    challenge is then answered with a hash of the password (RFC 7616: MD5, SHA-256 and their \
                    -sess forms, qop auth or none). Further requests to the same server answer the same \
                    challenge. A wrong password is not tried twice; a challenge that is too old is replaced. \
                    A server that asks for nothing but an algorithm that is not known is exit status 94.
                    """,
                example: "--digest -u alice:secret http://printer.local/status")
        }

        table.option("anyauth") {
            Option(
                .request,
                .flag {
                    guard $1 else { return }
                    $0.operation.login.schemes = [.basic, .digest]
                    $0.operation.login.isAny = true
                },
                abstract: "log in with the safest scheme the server offers",
                discussion: """
                    The first request goes without login; what the server then offers is taken, Digest \
                    before Basic. A request body is sent with it and again with the login, so an upload from \
                    standard input, which cannot be read twice, may end with exit status 65.
                    """,
                example: "--anyauth -u alice:secret https://example.com/private")
        }

        table.option("netrc", "n") {
            Option(
                .request, .flag { $0.operation.login.netrc = $1 },
                abstract: "look logins up in ~/.netrc",
                discussion: """
                    The file is $NETRC, or else .netrc in the home folder, and has to be there (exit status \
                    26). The first entry for the host (machine) or for all hosts (default) that has a login \
                    is used, for every host that a redirect leads to as well. A user in the URL picks the \
                    entry with that login, whose password then wins over one in the URL. -u wins over the \
                    file. A warning says when others can read it.
                    """,
                example: "-n https://example.com/private")
        }

        table.option("netrc-optional") {
            Option(
                .request, .flag { $0.operation.login.netrcOptional = $1 },
                abstract: "as -n, but the file need not exist",
                discussion: """
                    Without the file, or an entry for the host, the request goes without login. Nothing is \
                    looked up for a URL with user and password.
                    """,
                example: "--netrc-optional https://example.com/")
        }

        table.option("netrc-file") {
            Option(
                .request, .value("file", .file, netrcFile),
                abstract: "look logins up in this netrc file",
                discussion: """
                    Implies --netrc, unless --netrc-optional is given. A file that does not exist is exit \
                    status 2, one with a mistake in it 26.
                    """,
                example: "--netrc-file logins.netrc https://example.com/private")
        }

        table.option("oauth2-bearer") {
            Option(
                .request, .value("token", [.secret, .bytes], bearer),
                abstract: "log in with this OAuth 2.0 bearer token",
                discussion: """
                    Sends 'Authorization: Bearer' and the token, in place of the login of -u, and to no \
                    other origin on redirect, unless --location-trusted is given. The argument is \
                    overwritten in the process list.
                    """,
                example: "--oauth2-bearer mF_9.B5f-4.1JqM https://api.example.com/me")
        }

        table.option("aws-sigv4") {
            Option(
                .request, .value("provider[:...]", [], signature),
                abstract: "sign the request as Amazon's services ask for it",
                discussion: """
                    Takes provider[:prefix[:region[:service]]]. Signs with version 4 of the scheme, under \
                    the key and secret of -u key:secret (or of netrc): method, path, query, the body's \
                    SHA-256, Host, the date and all fields of -H. Service and region are the first two \
                    labels of the host unless they are given. S3 takes uploads by -T unsigned; other \
                    services need the body's hash in a field of -H. Not sent to another origin on redirect. \
                    Without a key it is exit status 94, with a malformed value 43.
                    """,
                example:
                    "--aws-sigv4 aws:amz:us-east-1:s3 -u key:secret https://bucket.s3.amazonaws.com/file",
                suggestions: ["aws:amz"]
            )
        }

        table.option("httpsig-algo") {
            Option(
                .request, .value("algorithm", [], signatureAlgorithm),
                abstract: "sign the request in this way (RFC 9421)",
                discussion: """
                    Takes ed25519 (the default) or hmac-sha256, and has the request signed as HTTP Message \
                    Signatures describe it: in the fields Signature-Input and Signature, next to any other \
                    login. Each of these four options asks for it, and --httpsig-key and --httpsig-keyid are \
                    needed, or the run ends with exit status 43. Signed are method, authority, path and the \
                    query, if there is one, unless --httpsig-headers says otherwise. Not sent to another \
                    origin on redirect, unless --location-trusted is given, and not in place of a Signature \
                    or Signature-Input given with -H.
                    """,
                example:
                    "--httpsig-algo hmac-sha256 --httpsig-key @secret.hex --httpsig-keyid shared https://example.com/",
                suggestions: MessageSignature.Algorithm.allCases.map(\.rawValue)
            )
        }

        table.option("httpsig-headers") {
            Option(
                .request, .value("parts", [], signedComponents),
                abstract: "parts of the request that are signed",
                discussion: """
                    Takes names separated by blanks: method, authority, path and query, and header fields \
                    with a colon behind their name (content-type:). Fields that ferry adds by itself can be \
                    signed as well. A part that is named twice, or that is not known, and a field that the \
                    request has not, are exit status 43. See --httpsig-algo.
                    """,
                example:
                    "--httpsig-headers 'method path date:' --httpsig-key @key.hex --httpsig-keyid me https://example.com/"
            )
        }

        table.option("httpsig-key") {
            Option(
                .request, .value("hex|@file", [.secret, .bytes, .fileBehindAt], signatureKey),
                abstract: "key that signs the request",
                discussion: """
                    Takes hexadecimal digits, or @ and the name of a file whose first line holds them ('@-' \
                    is standard input): the 32 bytes of the private key for ed25519, a secret of any length \
                    for hmac-sha256. What is typed is overwritten in the process list; a file is safer \
                    still. See --httpsig-algo.
                    """,
                example: "--httpsig-key @key.hex --httpsig-keyid me https://example.com/")
        }

        table.option("httpsig-keyid") {
            Option(
                .request, .value("name", [], signatureKeyName),
                abstract: "name by which the server knows that key",
                discussion: "It is sent in Signature-Input. See --httpsig-algo.",
                example: "--httpsig-key @key.hex --httpsig-keyid me https://example.com/")
        }

        table.option("disallow-username-in-url") {
            Option(
                .request, .flag { $0.operation.login.refusesUserInURL = $1 },
                abstract: "refuse URLs with a login in them",
                discussion: "A URL with a user or password, typed or named by a redirect, is exit status 67.",
                example: "--disallow-username-in-url https://example.com/")
        }
    }

    /// `--basic`, `--digest`: several add up.
    private static func scheme(_ builder: SettingsBuilder, _ scheme: LoginSchemes, isOn: Bool) {
        if isOn {
            builder.operation.login.schemes.insert(scheme)
        } else {
            builder.operation.login.schemes.remove(scheme)
        }
    }

    /// `--netrc-file`: the file has to be there before anything is fetched.
    private static func netrcFile(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard builder.files.exists(use.value) else { throw use.refusal("does not exist (a netrc file)") }
        builder.operation.login.netrcFile = use.value
    }

    /// `--aws-sigv4`.
    private static func signature(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let scheme = AWSSignature.Scheme(use.value) else {
            throw use.refusal(
                "is not of the form provider[:prefix[:region[:service]]] (aws:amz:us-east-1:s3)",
                status: .badFunctionArgument)
        }
        builder.operation.login.signature = scheme
    }

    /// `--httpsig-algo`.
    private static func signatureAlgorithm(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let algorithm = MessageSignature.Algorithm(rawValue: use.value) else {
            let names = MessageSignature.Algorithm.allCases.map(\.rawValue).joined(separator: " or ")
            throw use.refusal("is not a way to sign (\(names))", status: .badFunctionArgument)
        }
        builder.changeMessageSignature { $0.algorithm = algorithm }
    }

    /// `--httpsig-headers`.
    private static func signedComponents(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let parts = "method, authority, path, query, or a field's name with a colon behind it"
        let problem: String
        do throws(MessageSignature.ComponentError) {
            let components = try MessageSignature.Components(use.value)
            builder.changeMessageSignature { $0.components = components }
            return
        } catch {
            switch error {
            case .none: problem = "names nothing that could be signed (\(parts))"
            case .unknown(let word):
                problem = "holds \(Quoting.quoted(word)), which is no part that can be signed (\(parts))"
            case .repeated(let word):
                problem = "names \(Quoting.quoted(word)) twice; each part is signed once"
            }
        }
        throw use.refusal(problem, status: .badFunctionArgument)
    }

    /// `--httpsig-key`: hexadecimal digits, or a file whose first line holds them.
    private static func signatureKey(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let file = use.fileName
        let text = if let file { try builder.load(file, use) } else { use.bytes }
        let line =
            file != nil ? text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") } : text[...]
        let digits = String(decoding: line, as: UTF8.self)
        guard let key = OptionValue.hexadecimal(digits), !key.isEmpty, !digits.contains(":") else {
            throw UsageError(
                flag: use.flag,
                problem: file != nil
                    ? "\(Quoting.quoted(file ?? "")) does not begin with a line of hex digits, two for each byte of the key"
                    : "needs hex digits, two for each byte of the key, or @ and the name of a file that holds them",
                status: .badFunctionArgument)
        }
        builder.changeMessageSignature { $0.key = key }
    }

    /// `--httpsig-keyid`: a word that becomes part of a field's value.
    private static func signatureKeyName(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard MessageSignature(algorithm: .ed25519, keyID: use.value, components: nil) != nil else {
            throw use.refusal(
                "is not the name of a key (visible ASCII characters and blanks)", status: .badFunctionArgument
            )
        }
        builder.changeMessageSignature { $0.keyID = use.value }
    }

    /// `--oauth2-bearer`: a secret that becomes a field's value.
    private static func bearer(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard HeaderField.isFieldValue(use.value) else {
            throw UsageError(
                flag: use.flag, problem: "holds a line break or NUL, which no header field may")
        }
        builder.operation.login.bearer = use.value
    }
}

extension SettingsBuilder {
    /// Giving one of the options asks for a signature, whichever it is.
    fileprivate func changeMessageSignature(_ change: (inout MessageSignatureSettings) -> Void) {
        var settings = operation.login.messageSignature ?? MessageSignatureSettings()
        change(&settings)
        operation.login.messageSignature = settings
    }
}
