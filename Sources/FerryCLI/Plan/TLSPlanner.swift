import Connector
import HTTPCore

/// Turns what was typed about TLS to one kind of peer into a configuration. Opens nothing but what has no plain name.
struct TLSPlanner {
    let environment: (String) -> String?
    let fileExists: (String) -> Bool
    let askPassword: (_ prompt: String) -> String?
    /// Whether the file's key, in PEM or DER, has a password; nil where the end of a pipe did not come in time.
    let isEncryptedKey: (String) -> Bool?
    /// What the names of the options begin with: `--`, or `--proxy-`.
    let prefix: String

    /// The configuration. Asks for the password of an encrypted key only if `mayBeUsed`.
    func configuration(_ settings: TLSSettings, mayBeUsed: Bool) throws(UsageError) -> TLSConfiguration {
        var configuration = TLSConfiguration()
        if settings.insecure { configuration.verification = .none }
        configuration.trust = trust(settings)
        if let list = settings.revocationList { configuration.revocationLists = [list.plainName] }
        configuration.publicKeyPins = settings.publicKeyPins.compactMap(PublicKeyPin.init(bytes:))
        configuration.clientIdentity = try identity(settings, mayBeUsed: mayBeUsed)
        configuration.requiresGoodStatus = settings.requiresStatus
        if settings.alpn == false { configuration.applicationProtocols = [] }
        if settings.sessions == false { configuration.resumesSessions = false }
        try setVersions(settings, &configuration)
        try setPriority(settings, &configuration)
        return configuration
    }

    // MARK: Trust

    private func trust(_ settings: TLSSettings) -> TLSConfiguration.Trust {
        func folders(_ value: String?) -> [String] {
            (value ?? "").split(separator: ":").map { String($0).plainName }
        }
        if settings.caFile != nil || settings.caFolder != nil {
            // One of the two leaves the system's other in place, as with curl.
            let bundle = settings.caFile ?? TLSLibrary.systemBundles.first(where: fileExists)
            return .custom(
                files: bundle.map { [$0.plainName] } ?? [],
                directories: settings.caFolder.map(folders) ?? [Self.systemFolder].filter(fileExists),
                pem: nil)
        }
        if settings.insecure { return .system }
        if let bundle = environment("CURL_CA_BUNDLE"), !bundle.isEmpty {
            return .custom(files: [bundle.plainName], directories: [], pem: nil)
        }
        let file = environment("SSL_CERT_FILE").flatMap { $0.isEmpty ? nil : $0 }
        let directories = folders(environment("SSL_CERT_DIR"))
        guard file != nil || !directories.isEmpty else { return .system }
        guard let file else { return .custom(files: [], directories: directories, pem: nil) }
        // A file beside them makes up for folders that are not there.
        return .custom(files: [file.plainName], directories: directories.filter(fileExists), pem: nil)
    }

    /// Where Debian keeps its anchors one by one; asked only when `--cacert` did not suffice.
    private static let systemFolder = "/etc/ssl/certs"

    // MARK: Client certificate

    private func identity(_ settings: TLSSettings, mayBeUsed: Bool) throws(UsageError) -> ClientIdentity? {
        guard let certificate = settings.certificate else {
            guard settings.keyFile == nil else {
                throw UsageError(flag: prefix + "key", problem: "needs \(prefix)cert")
            }
            return nil
        }
        let certificateFile = certificate.path.plainName
        var identity = ClientIdentity(
            certificate: certificateFile, key: settings.keyFile?.plainName,
            format: Self.format(settings.certificateType ?? .pem),
            keyFormat: settings.keyFile == nil ? nil : Self.format(settings.keyType ?? .pem))
        identity.passwordBytes = (settings.password ?? certificate.password).map {
            CarriedText.bytes(of: $0).bytes
        }
        if identity.passwordBytes?.contains(0) ?? false {
            throw UsageError(flag: prefix + "pass", problem: "holds a NUL, which is in no password of a key")
        }
        let keyFile = settings.keyFile ?? certificate.path
        // A PKCS #12 container has its key inside and often no password, so that it is tried without.
        guard identity.passwordBytes == nil, mayBeUsed, identity.format != .p12 else { return identity }
        guard let isEncrypted = isEncryptedKey(identity.key ?? certificateFile) else {
            throw UsageError(
                flag: prefix + (identity.key == nil ? "cert" : "key"), value: keyFile,
                problem: "was not read: its end did not come in time", status: .timedOut)
        }
        if isEncrypted {
            identity.passwordBytes = askPassword("Enter the password of the private key '\(keyFile)':")
                .map { CarriedText.bytes(of: $0).bytes }
        }
        return identity
    }

    private static func format(_ type: KeyFileType) -> ClientIdentity.Format {
        switch type {
        case .pem: .pem
        case .der: .der
        case .p12: .p12
        }
    }

    // MARK: Handshake

    private func setVersions(
        _ settings: TLSSettings, _ configuration: inout TLSConfiguration
    ) throws(UsageError) {
        if let minimum = settings.minimumVersion { configuration.minimumVersion = Self.version(minimum) }
        guard let maximum = settings.maximumVersion else { return }
        configuration.maximumVersion = Self.version(maximum)
        guard configuration.maximumVersion < configuration.minimumVersion else { return }
        let oldest = settings.minimumVersion ?? .v1_2
        throw UsageError(
            flag: prefix + "tls-max", value: maximum.rawValue,
            problem: "is below the oldest version that is accepted (\(oldest.rawValue)); "
                + "--tlsv\(maximum.rawValue) accepts it")
    }

    private static func version(_ choice: TLSVersionChoice) -> TLSVersion {
        switch choice {
        case .v1_0: .tls1_0
        case .v1_1: .tls1_1
        case .v1_2: .tls1_2
        case .v1_3: .tls1_3
        }
    }

    private func setPriority(
        _ settings: TLSSettings, _ configuration: inout TLSConfiguration
    ) throws(UsageError) {
        var request = PriorityRequest()
        request.ciphers = settings.ciphers
        request.tls13Ciphers = settings.tls13Ciphers
        request.groups = settings.curves
        request.signatures = settings.signatures
        do throws(PriorityRequest.Problem) {
            try request.apply(to: &configuration)
        } catch {
            let (name, value, status): (String, String?, ExitStatus) =
                switch error.list {
                case .ciphers: ("ciphers", settings.ciphers, .badCipher)
                case .tls13Ciphers: ("tls13-ciphers", settings.tls13Ciphers, .badCipher)
                case .groups: ("curves", settings.curves, .badCipher)
                case .signatures: ("sigalgs", settings.signatures, .tlsHandshakeFailed)
                }
            throw UsageError(flag: prefix + name, value: value, problem: error.text, status: status)
        }
    }
}

extension TLSMode {
    /// The same handshake with whoever answers: to look at a certificate, not to use the connection.
    var trustingAnybody: TLSMode {
        var configuration = self.configuration
        configuration.verification = .none
        configuration.fingerprints = []
        configuration.publicKeyPins = []
        configuration.requiresGoodStatus = false
        return .custom(configuration)
    }
}
