import Connector

/// How the values of TLS options are read. Each function throws before anything is stored.
enum TLSStores {
    /// `--cacert`, `--crlfile` and the proxy's: the file has to be there before anything is fetched.
    static func existingFile(
        _ builder: SettingsBuilder, _ use: OptionUse, holding what: String
    ) throws(UsageError) -> String {
        guard builder.files.exists(use.value) else {
            throw use.refusal("does not exist (a file of PEM \(what) is needed)")
        }
        return use.value
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
                status: .pinMismatch)
        }
        guard let pin = PublicKeyPin(publicKey: content) else {
            throw use.refusal(
                "holds no public key (a file in PEM or DER, or sha256//BASE64 is needed)",
                status: .pinMismatch)
        }
        return [pin.bytes]
    }

    /// `--tls-max`; nil for `default`.
    static func maximumVersion(_ use: OptionUse) throws(UsageError) -> TLSVersionChoice? {
        if use.value == "default" { return nil }
        guard let version = TLSVersionChoice(rawValue: use.value) else {
            throw use.refusal("is not a version of TLS (1.0, 1.1, 1.2, 1.3 or default)")
        }
        return version
    }
}
