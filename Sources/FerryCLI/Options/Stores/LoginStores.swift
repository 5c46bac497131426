import HTTPCore

/// What the options about logins do with their values.
enum LoginStores {
    /// `--basic`, `--digest`: several add up.
    static func scheme(_ builder: SettingsBuilder, _ scheme: LoginSchemes, isOn: Bool) {
        if isOn {
            builder.operation.login.schemes.insert(scheme)
        } else {
            builder.operation.login.schemes.remove(scheme)
        }
    }

    /// `--proxy-basic`, `--proxy-digest`: several add up.
    static func proxyScheme(_ builder: SettingsBuilder, _ scheme: LoginSchemes, isOn: Bool) {
        if isOn {
            builder.operation.login.proxySchemes.insert(scheme)
        } else {
            builder.operation.login.proxySchemes.remove(scheme)
        }
    }

    /// `--netrc-file`: the file has to be there before anything is fetched.
    static func netrcFile(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard builder.files.exists(use.value) else { throw use.refusal("does not exist (a netrc file)") }
        builder.operation.login.netrcFile = use.value
    }

    /// `--aws-sigv4`.
    static func signature(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let scheme = AWSSignature.Scheme(use.value) else {
            throw use.refusal(
                "is not of the form provider[:prefix[:region[:service]]] (aws:amz:us-east-1:s3)",
                status: .badFunctionArgument)
        }
        builder.operation.login.signature = scheme
    }

    // MARK: Message signatures

    /// `--httpsig-algo`.
    static func signatureAlgorithm(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let algorithm = MessageSignature.Algorithm(rawValue: use.value) else {
            let names = MessageSignature.Algorithm.allCases.map(\.rawValue).joined(separator: " or ")
            throw use.refusal("is not a way to sign (\(names))", status: .badFunctionArgument)
        }
        builder.changeMessageSignature { $0.algorithm = algorithm }
    }

    /// `--httpsig-headers`.
    static func signedComponents(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
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
    static func signatureKey(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let isFile = use.value.hasPrefix("@")
        let text = isFile ? try builder.load(String(use.value.dropFirst()), use) : Array(use.value.utf8)
        let line = isFile ? text.prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") } : text[...]
        let digits = String(decoding: line, as: UTF8.self)
        guard let key = OptionValue.hexadecimal(digits), !key.isEmpty, !digits.contains(":") else {
            throw UsageError(
                flag: use.flag,
                problem: isFile
                    ? "\(Quoting.quoted(String(use.value.dropFirst()))) does not begin with a line of hex digits, two for each byte of the key"
                    : "needs hex digits, two for each byte of the key, or @ and the name of a file that holds them",
                status: .badFunctionArgument)
        }
        builder.changeMessageSignature { $0.key = key }
    }

    /// `--httpsig-keyid`: a word that becomes part of a field's value.
    static func signatureKeyName(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard MessageSignature(algorithm: .ed25519, keyID: use.value, components: nil) != nil else {
            throw use.refusal(
                "is not the name of a key (visible ASCII characters and blanks)", status: .badFunctionArgument
            )
        }
        builder.changeMessageSignature { $0.keyID = use.value }
    }

    /// `--oauth2-bearer`: a secret that becomes a field's value.
    static func bearer(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
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
