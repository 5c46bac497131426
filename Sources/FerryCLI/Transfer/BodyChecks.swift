import Connector
import HTTPCore

/// Hashes the body of a transfer while it comes, and says at its end whether it is the right one.
///
/// Checksums are of the bytes as they are written, the digest fields of the bytes as they are coded. Both go on over the
/// attempts at one body; what an earlier run left of it is read once.
@LoopActor
final class BodyChecks {
    private let plan: ChecksumSettings
    private let sumsOfURLs: [SumsFile]
    /// The place of the output among those of its operation.
    private let outputNumber: Int
    /// What the written bytes are to be, and who says so; nil = nobody does.
    private var expected: (sum: Checksum, source: String)?
    private var written: [StreamingDigest] = []
    private var coded: [Field] = []
    private var content: [Field] = []
    /// The sums of what was written, once it is whole.
    private var found: [Checksum] = []
    /// What was found to be right, for people; nil = nothing was checked, or not yet.
    private(set) var verdict: String?

    /// A digest that a field names, and the one of what came.
    private struct Field {
        var name: String
        var algorithm: DigestField.Algorithm
        /// nil = it is to come behind the body.
        var digest: DigestField.Digest?
        var hash: StreamingDigest

        @LoopActor
        init(_ name: String, _ algorithm: DigestField.Algorithm, _ digest: DigestField.Digest?) throws {
            (self.name, self.algorithm, self.digest) = (name, algorithm, digest)
            hash = try BodyChecks.hash(algorithm == .sha256 ? .sha256 : .sha512)
        }
    }

    init(_ plan: ChecksumSettings, sumsOfURLs: [SumsFile], outputNumber: Int) {
        self.plan = plan
        self.sumsOfURLs = sumsOfURLs
        self.outputNumber = outputNumber
    }

    /// A sum decides whether the file gets its name.
    var decidesName: Bool { !plan.sums.isEmpty || !plan.files.isEmpty || !sumsOfURLs.isEmpty }

    /// Something is to be said of a file, even if it is there already.
    var readsFiles: Bool { decidesName || plan.printed != nil }

    /// What is known of the sum, for a report: the algorithm and the digits.
    var summary: String? { found.first.map { "\($0.algorithm.rawValue):\($0.hex)" } }

    // MARK: Beginning

    /// A body begins.
    /// - Parameters:
    ///   - head: its head.
    ///   - name: what the output is called; nil for standard output.
    ///   - start: how many bytes of it came before.
    ///   - isWhole: false for a part that was asked for as such.
    ///   - readBack: hands over the bytes that came before; throws where they are gone.
    /// - Throws: `TransferFailure` when it cannot be checked.
    func begin(
        _ head: ResponseHead, name: String, start: Int64, isWhole: Bool,
        readBack: ((UnsafeRawBufferPointer) -> Void) throws -> Void
    ) throws {
        (found, verdict) = ([], nil)
        try expect(name)
        var isNew = start == 0
        if isNew || written.isEmpty && coded.isEmpty {
            isNew = true
            written = try algorithms().map { try Self.hash($0) }
            coded = []
        }
        try beginFields(head, isWhole: isWhole, isNew: isNew)
        guard isNew, start > 0, !written.isEmpty || !coded.isEmpty else { return }
        try readBack { bytes in
            for hash in written { hash.update(bytes) }
            for field in coded { field.hash.update(bytes) }
        }
    }

    private func expect(_ name: String) throws {
        expected = nil
        if outputNumber < plan.sums.count {
            expected = (plan.sums[outputNumber], "--checksum")
            return
        }
        let files = plan.files + sumsOfURLs
        guard !files.isEmpty else { return }
        for file in files {
            switch file.sum(of: name) {
            case .sum(let sum):
                expected = (sum, file.source)
                return
            case .several:
                throw Self.failure("\(file.source) has lines for \(name) that say different things")
            case .malformed(let digits):
                throw Self.failure(
                    "the line for \(name) in \(file.source) has \(digits) hex digits, which is no checksum")
            case .missing: break
            }
        }
        throw Self.failure(
            "there is no checksum for \(name) in \(files.map(\.source).joined(separator: ", "))")
    }

    private func algorithms() -> [MessageDigest] {
        let wanted = [expected?.sum.algorithm, plan.printed].compactMap(\.self)
        return wanted.count == 2 && wanted[0] == wanted[1] ? [wanted[0]] : wanted
    }

    private func beginFields(_ head: ResponseHead, isWhole: Bool, isNew: Bool) throws {
        content = []
        guard let demand = plan.digests else { return }
        content = try fields("Content-Digest", head)
        if isWhole {
            // A digest that came with an earlier part is of the same bytes.
            if isNew { coded = try fields("Repr-Digest", head) }
        }
        if demand == .present, content.isEmpty, coded.isEmpty { throw Self.noDigest }
    }

    /// A digest may also come behind the body, where the head says so (RFC 9530 §2, RFC 9110 §6.6.2).
    private func fields(_ name: String, _ head: ResponseHead) throws -> [Field] {
        let digests = DigestField.digests(name, in: head)
        if digests.isEmpty, head.containsToken(name, in: "Trailer") {
            return try DigestField.Algorithm.allCases.map { try Field(name, $0, nil) }
        }
        return try digests.map { try Field(name, $0.algorithm, $0) }
    }

    private static var noDigest: TransferFailure {
        failure("the answer has no digest by sha-256 or sha-512 (--verify-digest=require)")
    }

    private static func hash(_ algorithm: MessageDigest) throws -> StreamingDigest {
        guard let hash = StreamingDigest(algorithm) else {
            throw failure("GnuTLS does not make \(algorithm.rawValue) sums here")
        }
        return hash
    }

    // MARK: Bytes

    /// Bytes of the message's body. The first `dropped` of them are held already.
    func take(coded bytes: UnsafeRawBufferPointer, dropped: Int) {
        for field in content { field.hash.update(bytes) }
        guard !coded.isEmpty else { return }
        let new = UnsafeRawBufferPointer(rebasing: bytes[dropped...])
        for field in coded { field.hash.update(new) }
    }

    /// Bytes as they are written.
    func take(written bytes: UnsafeRawBufferPointer) {
        for hash in written { hash.update(bytes) }
    }

    /// The body is whole, and behind it came `trailers`.
    /// - Throws: `TransferFailure` when it is another one than it should be.
    func end(trailers: [HeaderField]) throws { try endSums(besides: try checkFields(trailers)) }

    /// Nothing is fetched, as the file is there: checks that.
    /// - Throws: as `begin` and `end`.
    func checkFile(name: String, readBack: ((UnsafeRawBufferPointer) -> Void) throws -> Void) throws {
        try expect(name)
        written = try algorithms().map { try Self.hash($0) }
        try readBack { take(written: $0) }
        try endSums()
    }

    private func endSums(besides names: [String] = []) throws {
        for hash in written {
            guard let bytes = hash.finish() else {
                throw Self.failure("GnuTLS failed to make the \(hash.algorithm.rawValue) sum")
            }
            found.append(Checksum(hash.algorithm, bytes: bytes))
        }
        written = []
        let checked = (expected.map { [$0.sum.algorithm.rawValue] } ?? []) + names
        if !checked.isEmpty { verdict = "\(checked.joined(separator: " and ")) verified" }
        guard let expected, let sum = found.first(where: { $0.algorithm == expected.sum.algorithm }),
            sum != expected.sum
        else { return }
        verdict = nil
        found = []
        throw Self.failure(
            "the \(sum.algorithm.rawValue) checksum is \(sum.hex), and \(expected.source) says \(expected.sum.hex)"
        )
    }

    /// - Returns: the names of the fields that agree with the body.
    private func checkFields(_ trailers: [HeaderField]) throws -> [String] {
        defer { (content, coded) = ([], []) }
        var names: [String] = []
        for field in content + coded {
            let digest =
                field.digest
                ?? DigestField.digests(field.name, in: trailers).first { $0.algorithm == field.algorithm }
            guard let digest else { continue }
            guard let bytes = digest.bytes else {
                throw Self.failure("the \(field.algorithm.rawValue) digest in \(field.name) makes no sense")
            }
            let sum = field.hash.finish() ?? []
            guard sum == bytes else {
                throw Self.failure(
                    "the body's \(field.algorithm.rawValue) is \(ASCII.hexadecimal(sum)), and \(field.name) says "
                        + ASCII.hexadecimal(bytes))
            }
            names.append(field.name)
        }
        if plan.digests == .present, names.isEmpty { throw Self.noDigest }
        return names
    }

    /// The line of `--print-checksum`; nil when none is to be printed.
    func line(for name: String) -> String? {
        guard let printed = plan.printed, let sum = found.first(where: { $0.algorithm == printed }) else {
            return nil
        }
        let special = name.unicodeScalars.contains { $0 == "\n" || $0 == "\\" || $0 == "\r" }
        guard special else { return "\(sum.hex)  \(name)\n" }
        let escaped = name.replacing("\\", with: "\\\\").replacing("\n", with: "\\n").replacing(
            "\r", with: "\\r")
        return "\\\(sum.hex)  \(escaped)\n"
    }

    private static func failure(_ text: String) -> TransferFailure { TransferFailure(.checksumDiffers, text) }
}
