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

    /// `--oauth2-bearer`: a secret that becomes a field's value.
    static func bearer(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard HeaderField.isFieldValue(use.value) else {
            throw UsageError(
                flag: use.flag, problem: "holds a line break or NUL, which no header field may")
        }
        builder.operation.login.bearer = use.value
    }
}
