/// The ways from a peer's certificate to an anchor, each along the names of issuers (RFC 4158): a server may send several
/// certificates of one authority, renewed ones beside expired ones and cross-signed ones beside others.
///
/// It decides nothing about trust: signatures, dates and the rest are checked along each path.
struct CertificatePaths {
    /// One way, leaf first. The anchor is not among the certificates unless it is the leaf itself.
    struct Path: Equatable {
        var certificates: [Int]
        var anchor: [UInt8]
    }

    /// A bound, because a peer could send certificates with a huge number of paths among them.
    private static let mostPaths = 32
    private static let mostSteps = 1000

    private let names: [CertificateNames.Hashes?]
    private let chain: [[UInt8]]
    private var anchors: [(subject: TrustStore.NameHash, der: [UInt8])] = []
    private var steps = 0
    private(set) var found: [Path] = []

    /// Finds the paths; where two branch at a certificate, the shorter one comes first.
    init(chain: [[UInt8]], anchors: [[UInt8]]) {
        self.chain = chain
        names = chain.map(CertificateNames.hashes)
        guard let leaf = chain.first else { return }
        for anchor in anchors {
            if anchor == leaf { found.append(Path(certificates: [0], anchor: anchor)) }
            guard let subject = CertificateNames.hashes(anchor)?.subject else { continue }
            self.anchors.append((subject, anchor))
        }
        extend([0])
    }

    private mutating func extend(_ path: [Int]) {
        steps += 1
        guard steps <= Self.mostSteps, let last = path.last, let issuer = names[last]?.issuer else { return }
        for anchor in anchors where anchor.subject == issuer && anchor.der != chain[0] {
            guard found.count < Self.mostPaths else { return }
            found.append(Path(certificates: path, anchor: anchor.der))
        }
        for next in chain.indices.dropFirst() where names[next]?.subject == issuer && !path.contains(next) {
            guard found.count < Self.mostPaths else { return }
            extend(path + [next])
        }
    }
}
