import Codecs
import Connector
import HTTPClient
import HTTPCore

/// Why a transfer failed: the exit status it stands for, and a sentence that names the phase and the cause.
///
/// Its fields are behind one reference: most transfers have no failure, and all of them pass an optional one from step to
/// step.
@dynamicMemberLookup
struct TransferFailure: Error {
    struct Fields: Sendable {
        var status: ExitStatus
        var text: String
        /// What the retry rules know it as.
        var outcome: RetryPolicy.Outcome
        /// `text` says which URL it is about.
        var namesURL = false
        /// Nobody reads an output any more: the run ends.
        var isBrokenPipe = false
        /// A signal ended a write: the run ends, and this is not reported.
        var isInterrupted = false
        /// Another transfer failed, and this one was stopped for it.
        var isStoppedSibling = false
        /// What came belongs to different versions of the file.
        var spoilsBytes = false
        /// OpenSSL's number, as in curl's `%{ssl_verify_result}`, for why a certificate was refused; 0 = none was.
        var verifyResult = 0
        /// The same for the certificate of an https proxy.
        var proxyVerifyResult = 0
        /// The cause in a few words, for the notices of `--wait-ready`; nil = `text` says it.
        var cause: String?
        /// To wait does not help (`--wait-ready`), although it may with this status.
        var isForGood = false
    }

    private final class Box: Sendable {
        let fields: Fields

        init(_ fields: Fields) {
            self.fields = fields
        }
    }

    private var box: Box

    subscript<Value>(dynamicMember field: WritableKeyPath<Fields, Value>) -> Value {
        get { box.fields[keyPath: field] }
        set {
            var fields = box.fields
            fields[keyPath: field] = newValue
            box = Box(fields)
        }
    }

    /// True when the bytes that came before the failure are right, so that they can be kept.
    var leavesGoodBytes: Bool {
        switch self.outcome {
        case _ where self.spoilsBytes: false
        case .unknownName, .refusedConnection, .slowConnection, .noConnection, .timeout, .reset, .partial,
            .empty:
            true
        case .status, .failedStatus: true
        case .expectation: false
        case .otherError:
            self.isStoppedSibling || self.isInterrupted || [.rangeRefused, .notReady].contains(self.status)
        }
    }

    /// What of a half-made file is kept.
    var keptPart: KeptPart { leavesGoodBytes ? .all : self.status == .writeFailed ? .saved : .nothing }

    init(_ status: ExitStatus, _ text: String, outcome: RetryPolicy.Outcome = .otherError) {
        box = Box(Fields(status: status, text: text, outcome: outcome))
    }

    /// The one place that knows which error has which of curl's numbers.
    init(_ error: any Error) {
        switch error {
        case let failure as TransferFailure: self = failure
        case let error as HTTPClientError: self.init(client: error)
        case let error as ConnectorError: self.init(connector: error)
        case let error as HTTPError: self.init(http: error)
        case let error as OutputError:
            self.init(error.cause == .noReader ? .timedOut : .writeFailed, "\(error)")
            self.isBrokenPipe = error.isBrokenPipe
            self.isInterrupted = error.cause == .interrupted
        case let error as ContentDecodingError: self.init(decoding: error)
        case let error as HTTPURLError: self.init(url: error)
        case let error as URLGlobError: self.init(.malformedURL, "\(error)")
        case let error as FileNamingError: self.init(naming: error)
        case let error as ProtocolRefusal: self.init(.unsupportedProtocol, "\(error)")
        case let error as LoginError: self.init(.authenticationFailed, "\(error)")
        case let error as FollowUpError: self.init(followUp: error)
        case is CancellationError:
            self.init(.aborted, "stopped because another transfer failed")
            self.isStoppedSibling = true
        default: self.init(.receiveFailed, "\(error)")
        }
    }

    private init(client error: HTTPClientError) {
        self.init(wordsOfClient: error)
        switch error {
        case .send(let reason): self.cause = "\(reason)"
        case .receive(let reason, _): self.cause = "\(reason)"
        case .http(let error): self.cause = "\(error)"
        case .connector, .timedOut, .tooSlow, .source, .cannotRewind, .decoding: break
        }
    }

    private init(wordsOfClient error: HTTPClientError) {
        switch error {
        case .connector(let error): self.init(connector: error)
        case .http(let error): self.init(http: error)
        case .receive(.tls(let cause), _) where cause.isClientCertificateRequired:
            self.init(wantsClientCertificate: "\(cause)", isProxy: false)
        case .receive(.proxyTLS(let cause), _) where cause.isClientCertificateRequired:
            self.init(wantsClientCertificate: "\(cause)", isProxy: true)
        case .send(let cause): self.init(.sendFailed, "\(error)", outcome: cause.outcome)
        case .receive(let cause, _): self.init(.receiveFailed, "\(error)", outcome: cause.outcome)
        case .timedOut: self.init(.timedOut, "\(error)", outcome: .timeout)
        case .tooSlow(let floor):
            self.init(
                .timedOut,
                "too slow: less than \(floor.bytesPerSecond) bytes a second during \(ProgressText.seconds(floor.duration)) "
                    + "seconds (--speed-limit, --speed-time)", outcome: .timeout)
        case .source: self.init(.readFailed, "\(error)")
        case .cannotRewind: self.init(.rewindFailed, "\(error)")
        case .decoding: self.init(.badContentEncoding, "\(error)")
        }
    }

    private init(wantsClientCertificate cause: String, isProxy: Bool) {
        let demand =
            isProxy
            ? "the proxy demands a client certificate (--proxy-cert)"
            : "the server demands a client certificate (--cert)"
        self.init(.clientCertificateRequired, "\(demand): \(cause)")
    }

    private init(connector error: ConnectorError) {
        self.init(words: error)
        noteCause(of: error)
    }

    private init(words error: ConnectorError) {
        let text = "\(error)"
        switch error {
        case .closed, .released, .busy: self.init(.aborted, text)
        case .unsupportedScheme: self.init(.unsupportedProtocol, text)
        case .invalidHost: self.init(.hostNotResolved, text)
        case .timedOut: self.init(.timedOut, text, outcome: .slowConnection)
        case .dns: self.init(.hostNotResolved, text, outcome: .unknownName)
        case .connect(let failure), .proxyConnect(let failure, _):
            if failure.attempts.contains(where: { $0.stage == .bind }) {
                self.init(.bindFailed, text)
            } else {
                self.init(.connectFailed, text, outcome: Self.outcome(of: failure))
            }
        case .proxyRefused(let refusal) where refusal.proxy.kind.isSOCKS:
            self.init(.proxyHandshakeFailed, text)
        case .proxyRefused: self.init(.connectFailed, text)
        case .custom: self.init(.connectFailed, text, outcome: .noConnection)
        case .unixSocket(let failure):
            self.init(
                failure.errno == .nameTooLong ? .hostNotResolved : .connectFailed, text,
                outcome: failure.errno == .connectionRefused ? .refusedConnection : .noConnection)
        case .tls(let failure): self.init(tls: failure.cause, text, isProxy: failure.isProxy)
        case .io: self.init(.receiveFailed, text, outcome: .reset)
        }
    }

    /// Notes what `--wait-ready` needs to know.
    private mutating func noteCause(of error: ConnectorError) {
        self.isForGood = error.errno == .accessDenied || error.errno == .notPermitted
        switch error {
        case .invalidHost: self.isForGood = true
        case .dns(let failure): self.cause = failure.text
        case .connect(let failure), .proxyConnect(let failure, _):
            self.cause = failure.attempts.last.map(\.text)
        case .unixSocket(let failure):
            self.cause = failure.errno == .noSuchFile ? "no such file" : failure.text
            if failure.errno == .nameTooLong || failure.errno == .invalidArgument { self.isForGood = true }
        case .timedOut(let failure): if failure.fullSocketPath != nil { self.cause = "its queue is full" }
        case .proxyRefused(let refusal):
            self.cause = refusal.reason
            self.isForGood = refusal.status.map { !(502...504).contains($0) } ?? false
        case .closed, .released, .busy, .unsupportedScheme, .tls, .io, .custom: break
        }
    }

    private static func outcome(of failure: ConnectFailure) -> RetryPolicy.Outcome {
        if failure.attempts.contains(where: { $0.errno == .connectionRefused }) {
            return .refusedConnection
        }
        return failure.attempts.contains { $0.errno == .timedOut } ? .slowConnection : .noConnection
    }

    private init(tls error: TLSError, _ text: String, isProxy: Bool) {
        switch error {
        case .certificate(let reasons, _, _)
        where !reasons.isDisjoint(with: [.statusMissing, .statusInvalid, .statusNotGood]):
            self.init(.certificateStatus, text)
            note(reasons, isProxy: isProxy)
        case .certificate(let reasons, _, _):
            let advice = Self.advice(reasons, isProxy: isProxy).map { "; \($0)" } ?? ""
            self.init(.peerNotVerified, text + advice)
            note(reasons, isProxy: isProxy)
        case .fingerprintMismatch, .publicKeyMismatch: self.init(.pinMismatch, text)
        case .configuration(let problem, _, _):
            switch problem {
            case .trust: self.init(.trustFile, text)
            case .revocationList: self.init(.revocationList, text)
            case .certificate, .key, .password, .keyMismatch: self.init(.clientCertificate, text)
            case .priority, .versions: self.init(.badCipher, text)
            case .library: self.init(.tlsHandshakeFailed, text)
            }
        case _ where error.isClientCertificateRequired:
            self.init(wantsClientCertificate: text, isProxy: isProxy)
        // The peer hung up during the handshake.
        case .handshake(_, nil, _?, _), .io: self.init(.tlsHandshakeFailed, text, outcome: .reset)
        case .handshake, .alert, .record: self.init(.tlsHandshakeFailed, text)
        }
    }

    /// What the user can do about a refused certificate; nil = nothing, as it was revoked.
    private static func advice(_ reasons: Set<CertificateProblem>, isProxy: Bool) -> String? {
        guard !reasons.contains(.revoked) else { return nil }
        // Without --proxy-insecure, chain and name of a proxy are checked as well as the pin.
        let pin =
            isProxy
            ? "pin its key with --proxy-insecure and --proxy-pinnedpubkey" : "pin it with --fingerprint"
        // To trust the issuer helps only with a problem of trust, not with a wrong name or date.
        if !reasons.isDisjoint(with: [.selfSigned, .unknownIssuer, .untrusted]) {
            return isProxy
                ? "trust its issuer with --proxy-cacert, or \(pin)"
                : "trust its issuer with --cacert or \(pin)"
        }
        if reasons.contains(.namesMissing) {
            return "give it one that names the host among its subject alternative names, or \(pin)"
        }
        return "if it is the right one all the same, \(pin)"
    }

    private mutating func note(_ reasons: Set<CertificateProblem>, isProxy: Bool) {
        let result = reasons.map(\.verifyResult).max() ?? 1
        if isProxy { self.proxyVerifyResult = result } else { self.verifyResult = result }
    }

    private init(http error: HTTPError) {
        let status: ExitStatus =
            switch error.kind {
            case .unsupported: .unsupportedProtocol
            case .weirdReply: .weirdReply
            case .truncated: .partialFile
            case .emptyReply: .emptyReply
            case .receive: .receiveFailed
            case .badCoding: .badContentEncoding
            case .tooMany: .valueTooLarge
            case .badRequest: .badFunctionArgument
            }
        let outcome: RetryPolicy.Outcome =
            switch error.kind {
            case .truncated: .partial
            case .emptyReply: .empty
            default: .otherError
            }
        let phase = error.kind == .badRequest ? "the request cannot be sent" : "receiving the response failed"
        self.init(status, "\(phase): \(error)", outcome: outcome)
    }

    private init(decoding error: ContentDecodingError) {
        let text = "decoding the response failed: \(error)"
        if case .outputTooLarge = error.reason {
            self.init(.fileTooLarge, text)
        } else {
            self.init(.badContentEncoding, text)
        }
    }

    private init(url error: HTTPURLError) {
        switch error.reason {
        // A redirect to another socket counts as one to a scheme that it may not have.
        case .unsupportedScheme, .foreignSocket: self.init(.unsupportedProtocol, "\(error)")
        default: self.init(.malformedURL, "\(error)")
        }
        self.namesURL = true
    }

    private init(followUp error: FollowUpError) {
        switch error {
        case .login(let error): self.init(error)
        case .tooManyRedirects: self.init(.tooManyRedirects, "\(error) (--max-redirs)")
        case .invalidRedirect(let cause):
            self.init(url: cause)
            self.namesURL = false
            self.text = "\(error)"
        case .forbiddenRedirect(let error): self.init(error)
        }
    }

    private init(naming error: FileNamingError) {
        if case .unknownGlob = error {
            self.init(.badFunctionArgument, "\(error)")
        } else {
            self.init(.writeFailed, "\(error)")
        }
    }
}

extension TransportError {
    /// What the retry rules know it as.
    fileprivate var outcome: RetryPolicy.Outcome {
        switch self {
        case .io, .tls(.io), .proxyTLS(.io), .closed: .reset
        case .tls, .proxyTLS: .otherError
        }
    }
}

extension TransferSequenceError {
    /// The failure, and the text and picture for the user, with secrets hidden.
    var told: (failure: TransferFailure, text: String, picture: [String]) {
        switch self {
        case .glob(let error):
            let failure = TransferFailure(error)
            return (failure, failure.text, error.picture)
        case .naming(let error, let url):
            let failure = TransferFailure(error)
            return (failure, "\(SecretRedactor.redact(url: url)): \(failure.text)", [])
        case .list(let path, let error):
            let failure = TransferFailure(.readFailed, "cannot read the list of URLs \(path): \(error)")
            return (failure, failure.text, [])
        case .notYet: return (TransferFailure(.readFailed, "the URL has not come yet"), "", [])
        }
    }
}
