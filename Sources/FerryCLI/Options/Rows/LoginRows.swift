import HTTPCore

/// How one logs in: schemes, netrc, tokens.
extension OptionRow {
    static var basic: OptionRow {
        OptionRow(
            .request, .toggle { LoginStores.scheme($0, .basic, isOn: $1) },
            help: "log in with Basic authentication (the default)",
            text: """
                User and password go with the first request, readable by everybody who sees it: use it over https. \
                Together with --digest it allows both, as --anyauth does.
                """,
            example: "--basic -u alice:secret https://example.com/private")
    }

    static var digest: OptionRow {
        OptionRow(
            .request, .toggle { LoginStores.scheme($0, .digest, isOn: $1) },
            help: "log in with Digest authentication",
            text: """
                The first request goes without login (and an upload without its body); the server's challenge is then \
                answered with a hash of the password (RFC 7616: MD5, SHA-256 and their -sess forms, qop auth or none). \
                Further requests to the same server answer the same challenge. A wrong password is not tried twice; a \
                challenge that is too old is replaced. A server that asks for nothing but an algorithm that is not \
                known is exit status 94.
                """,
            example: "--digest -u alice:secret http://printer.local/status")
    }

    static var anyauth: OptionRow {
        OptionRow(
            .request,
            .toggle {
                guard $1 else { return }
                $0.operation.login.schemes = [.basic, .digest]
                $0.operation.login.isAny = true
            },
            help: "log in with the safest scheme the server offers",
            text: """
                The first request goes without login; what the server then offers is taken, Digest before Basic. A request \
                body is sent with it and again with the login, so an upload from standard input, which cannot be read \
                twice, may end with exit status 65.
                """,
            example: "--anyauth -u alice:secret https://example.com/private")
    }

    static var netrc: OptionRow {
        OptionRow(
            .request, .toggle { $0.operation.login.netrc = $1 },
            help: "look logins up in ~/.netrc",
            text: """
                The file is $NETRC, or else .netrc in the home folder, and has to be there (exit status 26). The first \
                entry for the host (machine) or for all hosts (default) that has a login is used, for every host that a \
                redirect leads to as well. A user in the URL picks the entry with that login, whose password then wins \
                over one in the URL. -u wins over the file. A warning says when others can read it.
                """,
            example: "-n https://example.com/private")
    }

    static var netrcOptional: OptionRow {
        OptionRow(
            .request, .toggle { $0.operation.login.netrcOptional = $1 },
            help: "as -n, but the file need not exist",
            text: """
                Without the file, or an entry for the host, the request goes without login. Nothing is looked up for a URL \
                with user and password.
                """,
            example: "--netrc-optional https://example.com/")
    }

    static var netrcFile: OptionRow {
        OptionRow(
            .request, .value("file", .file, LoginStores.netrcFile),
            help: "look logins up in this netrc file",
            text: """
                Implies --netrc, unless --netrc-optional is given. A file that does not exist is exit status 2, one with a \
                mistake in it 26.
                """,
            example: "--netrc-file logins.netrc https://example.com/private")
    }

    static var oauth2Bearer: OptionRow {
        OptionRow(
            .request, .value("token", .secret, LoginStores.bearer),
            help: "log in with this OAuth 2.0 bearer token",
            text: """
                Sends 'Authorization: Bearer' and the token, in place of the login of -u, and to no other origin on \
                redirect, unless --location-trusted is given. The argument is overwritten in the process list.
                """,
            example: "--oauth2-bearer mF_9.B5f-4.1JqM https://api.example.com/me")
    }

    static var awsSigV4: OptionRow {
        OptionRow(
            .request, .value("provider[:...]", [], LoginStores.signature),
            help: "sign the request as Amazon's services ask for it",
            text: """
                Takes provider[:prefix[:region[:service]]]. Signs with version 4 of the scheme, under the key and secret of -u key:secret (or of netrc): method, path, \
                query, the body's SHA-256, Host, the date and all fields of -H. Service and region are the first two \
                labels of the host unless they are given. S3 takes uploads by -T unsigned; other services need the \
                body's hash in a field of -H. Not sent to another origin on redirect. Without a key it is exit status 94, \
                with a malformed value 43.
                """,
            example: "--aws-sigv4 aws:amz:us-east-1:s3 -u key:secret https://bucket.s3.amazonaws.com/file")
    }

    static var httpsigAlgo: OptionRow {
        OptionRow(
            .request, .value("algorithm", [], LoginStores.signatureAlgorithm),
            help: "sign the request in this way (RFC 9421)",
            text: """
                Takes ed25519 (the default) or hmac-sha256, and has the request signed as HTTP Message Signatures describe \
                it: in the fields Signature-Input and Signature, next to any other login. Each of these four options \
                asks for it, and --httpsig-key and --httpsig-keyid are needed, or the run ends with exit status 43. \
                Signed are method, authority, path and the query, if there is one, unless --httpsig-headers says \
                otherwise. Not sent to another origin on redirect, unless --location-trusted is given, and not in place \
                of a Signature or Signature-Input given with -H.
                """,
            example:
                "--httpsig-algo hmac-sha256 --httpsig-key @secret.hex --httpsig-keyid shared https://example.com/"
        )
    }

    static var httpsigHeaders: OptionRow {
        OptionRow(
            .request, .value("parts", [], LoginStores.signedComponents),
            help: "parts of the request that are signed",
            text: """
                Takes names separated by blanks: method, authority, path and query, and header fields with a colon behind \
                their name (content-type:). Fields that ferry adds by itself can be signed as well. A part that is \
                named twice, or that is not known, and a field that the request has not, are exit status 43. See \
                --httpsig-algo.
                """,
            example:
                "--httpsig-headers 'method path date:' --httpsig-key @key.hex --httpsig-keyid me https://example.com/"
        )
    }

    static var httpsigKey: OptionRow {
        OptionRow(
            .request, .value("hex|@file", .secret, LoginStores.signatureKey),
            help: "key that signs the request",
            text: """
                Takes hexadecimal digits, or @ and the name of a file whose first line holds them ('@-' is standard \
                input): the 32 bytes of the private key for ed25519, a secret of any length for hmac-sha256. What is typed \
                is overwritten in the process list; a file is safer still. See --httpsig-algo.
                """,
            example: "--httpsig-key @key.hex --httpsig-keyid me https://example.com/")
    }

    static var httpsigKeyid: OptionRow {
        OptionRow(
            .request, .value("name", [], LoginStores.signatureKeyName),
            help: "name by which the server knows that key",
            text: "It is sent in Signature-Input. See --httpsig-algo.",
            example: "--httpsig-key @key.hex --httpsig-keyid me https://example.com/")
    }

    static var disallowUsernameInURL: OptionRow {
        OptionRow(
            .request, .toggle { $0.operation.login.refusesUserInURL = $1 },
            help: "refuse URLs with a login in them",
            text: "A URL with a user or password, typed or named by a redirect, is exit status 67.",
            example: "--disallow-username-in-url https://example.com/")
    }

    static var proxyBasic: OptionRow {
        OptionRow(
            .proxy, .toggle { LoginStores.proxyScheme($0, .basic, isOn: $1) },
            help: "log in to the proxy with Basic (the default)",
            text: "User and password go with the first request to the proxy. See --basic.",
            example: "--proxy-basic -U alice:secret -x proxy:3128 http://example.com/")
    }

    static var proxyDigest: OptionRow {
        OptionRow(
            .proxy, .toggle { LoginStores.proxyScheme($0, .digest, isOn: $1) },
            help: "log in to the proxy with Digest authentication",
            text: "The proxy's challenge is answered, also that to a CONNECT. See --digest.",
            example: "--proxy-digest -U alice:secret -x proxy:3128 https://example.com/")
    }

    static var proxyAnyauth: OptionRow {
        OptionRow(
            .proxy,
            .toggle {
                guard $1 else { return }
                $0.operation.login.proxySchemes = [.basic, .digest]
                $0.operation.login.isAny = true
            },
            help: "log in to the proxy with the safest scheme offered",
            text: "The first request to the proxy goes without login. See --anyauth.",
            example: "--proxy-anyauth -U alice:secret -x proxy:3128 https://example.com/")
    }
}
