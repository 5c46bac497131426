internal import CGnuTLS

/// What the sessions of one configuration share: trust store, client identity, priorities; files are read once.
///
/// Invariant: nothing changes after `init`, hence any number of sessions on any threads may use it.
package final class TLSContext: @unchecked Sendable {
    // Unchecked: the GnuTLS objects are only read after `init`, which GnuTLS allows from several threads at once
    // (its manual, "Thread safety": credentials and priorities may be shared by sessions); all else is Sendable.

    /// What the context was made from.
    package let configuration: TLSConfiguration
    let credentials: Credentials
    let priorities: Priorities
    /// Nil when the chain is not verified.
    let verification: TLSVerification?
    /// The digest of the client's certificate and key; empty for none.
    private let identityDigest: [UInt8]

    /// Reads the files that the configuration names. Throws ``TLSError/configuration(_:path:text:)``.
    package init(_ configuration: TLSConfiguration) throws(TLSError) {
        GnuTLS.prepare()
        guard GnuTLS.status >= 0 else {
            throw .configuration(
                .library, path: nil, text: "GnuTLS cannot start: \(GnuTLS.text(GnuTLS.status))")
        }
        KeyLog.prepare()
        self.configuration = configuration
        priorities = try Priorities(
            minimum: configuration.minimumVersion, maximum: configuration.maximumVersion,
            priority: configuration.priority)
        credentials = try Credentials()
        if let identity = configuration.clientIdentity {
            identityDigest = try credentials.load(identity)
        } else {
            identityDigest = []
        }
        switch configuration.verification {
        case .none: verification = nil
        case .full:
            verification = TLSVerification(
                store: try Self.store(configuration.trust),
                revocationLists: try Self.revocationLists(configuration.revocationLists))
        }
    }

    /// Tells this context from those with another identity, other anchors or other settings: a digest of their
    /// content. It is the same from run to run and does not depend on the names of files.
    package func digest() -> [UInt8] {
        guard let digest = StreamingDigest(.sha256) else { return [] }
        func add(_ bytes: [UInt8]) {
            digest.update(withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { [UInt8]($0) })
            digest.update(bytes)
        }
        func addAll(_ list: [[UInt8]]) {
            digest.update(withUnsafeBytes(of: UInt64(list.count).littleEndian) { [UInt8]($0) })
            for bytes in list { add(bytes) }
        }
        addAll(verification?.store.contents ?? [])
        addAll(verification?.revocationLists ?? [])
        addAll(configuration.fingerprints.map(\.bytes))
        addAll(configuration.publicKeyPins.map(\.bytes))
        add(identityDigest)
        add([UInt8(configuration.minimumVersion.rawValue), UInt8(configuration.maximumVersion.rawValue)])
        addAll(configuration.applicationProtocols.map { Array($0.utf8) })
        add(Array((configuration.priority ?? "").utf8))
        add([configuration.requiresGoodStatus ? 1 : 0, verification == nil ? 0 : 1])
        return digest.finish() ?? []
    }

    /// The context of ``TLSMode/verified``, made on first use and shared by the whole process.
    package static func forSystem() throws(TLSError) -> TLSContext {
        try shared.get()
    }

    private static let shared = Result { () throws(TLSError) -> TLSContext in
        try TLSContext(TLSConfiguration())
    }

    static func store(_ trust: TLSConfiguration.Trust) throws(TLSError) -> TrustStore {
        switch trust {
        case .system: try TrustStore.system.get()
        case .custom(let files, let directories, let pem):
            try TrustStore(files: files, directories: directories, pem: pem)
        }
    }

    static func revocationLists(_ files: [String]) throws(TLSError) -> [[UInt8]] {
        var lists: [[UInt8]] = []
        for file in files {
            let text: [UInt8]
            do {
                text = try FileReader.read(file)
            } catch {
                throw .unreadable(.revocationList, "revocation lists", file, error.errno)
            }
            guard isRevocationList(text) else {
                throw .configuration(.revocationList, path: file, text: "no revocation list in '\(file)'")
            }
            lists.append(text)
        }
        return lists
    }

    private static func isRevocationList(_ pem: [UInt8]) -> Bool {
        var list: gnutls_x509_crl_t?
        guard gnutls_x509_crl_init(&list) >= 0, let list else { return false }
        defer { gnutls_x509_crl_deinit(list) }
        return pem.withDatum { gnutls_x509_crl_import(list, &$0, GNUTLS_X509_FMT_PEM) } >= 0
    }
}
