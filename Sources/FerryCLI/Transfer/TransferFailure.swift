import Codecs
import Connector
import HTTPClient
import HTTPCore

/// Why a transfer failed: the exit status it stands for, and a sentence that names the phase and the cause.
struct TransferFailure: Error {
    var status: ExitStatus
    var text: String
    /// What a retry may make of it.
    var outcome = RetryPolicy.Outcome.otherError
    /// `text` says which URL it is about.
    var namesURL = false
    /// Nobody reads an output any more: the run ends.
    var isBrokenPipe = false
    /// A signal ended a write: the run ends, and nobody wants to hear of this.
    var isInterrupted = false
    /// Another transfer failed and took this one with it.
    var isStoppedSibling = false
    /// What OpenSSL, and so curl's `%{ssl_verify_result}`, calls the reason why a certificate was refused; 0 = none was.
    var verifyResult = 0
    /// The same for the certificate of an https proxy.
    var proxyVerifyResult = 0

    init(_ status: ExitStatus, _ text: String, outcome: RetryPolicy.Outcome = .otherError) {
        self.status = status
        self.text = text
        self.outcome = outcome
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
            isBrokenPipe = error.isBrokenPipe
            isInterrupted = error.cause == .interrupted
        case let error as ContentDecodingError: self.init(decoding: error)
        case let error as HTTPURLError: self.init(url: error)
        case let error as URLGlobError: self.init(.malformedURL, "\(error)")
        case let error as FileNamingError: self.init(naming: error)
        case let error as ProtocolRefusal: self.init(.unsupportedProtocol, "\(error)")
        case let error as LoginError: self.init(.authenticationFailed, "\(error)")
        case is CancellationError:
            self.init(.aborted, "stopped because another transfer failed")
            isStoppedSibling = true
        default: self.init(.receiveFailed, "\(error)")
        }
    }

    private init(client error: HTTPClientError) {
        switch error {
        case .connector(let error): self.init(connector: error)
        case .http(let error): self.init(http: error)
        case .send: self.init(.sendFailed, "\(error)")
        case .receive(.tls(let cause), _) where cause.isClientCertificateRequired:
            self.init(
                .clientCertificateRequired, "the server demands a client certificate (--cert): \(cause)")
        case .receive: self.init(.receiveFailed, "\(error)")
        case .timedOut: self.init(.timedOut, "\(error)", outcome: .transientError)
        case .tooSlow(let floor):
            self.init(
                .timedOut,
                "too slow: less than \(floor.bytesPerSecond) bytes a second during \(ProgressText.seconds(floor.duration)) "
                    + "seconds (--speed-limit, --speed-time)", outcome: .transientError)
        case .source: self.init(.readFailed, "\(error)")
        case .cannotRewind: self.init(.rewindFailed, "\(error)")
        }
    }

    private init(connector error: ConnectorError) {
        let text = "\(error)"
        switch error {
        case .closed, .released, .busy: self.init(.aborted, text)
        case .unsupportedScheme: self.init(.unsupportedProtocol, text)
        case .invalidHost: self.init(.hostNotResolved, text)
        case .timedOut: self.init(.timedOut, text, outcome: .transientError)
        case .dns: self.init(.hostNotResolved, text, outcome: .transientError)
        case .connect(let failure):
            if failure.attempts.contains(where: { $0.stage == .bind }) {
                self.init(.bindFailed, text)
            } else {
                self.init(.connectFailed, text, outcome: Self.outcome(of: failure))
            }
        case .proxyConnect(let failure, _):
            self.init(.connectFailed, text, outcome: Self.outcome(of: failure))
        case .proxyRefused(let refusal) where refusal.proxy.kind.isSOCKS:
            self.init(.proxyHandshakeFailed, text)
        case .proxyRefused, .custom: self.init(.connectFailed, text)
        case .unixSocket(let failure):
            self.init(
                failure.errno == .nameTooLong ? .hostNotResolved : .connectFailed, text,
                outcome: failure.errno == .connectionRefused ? .refusedConnection : .otherError)
        case .tls(let failure): self.init(tls: failure.cause, text, isProxy: failure.isProxy)
        case .io: self.init(.receiveFailed, text)
        }
    }

    private static func outcome(of failure: ConnectFailure) -> RetryPolicy.Outcome {
        if failure.attempts.contains(where: { $0.errno == .connectionRefused }) {
            return .refusedConnection
        }
        return failure.attempts.contains { $0.errno == .timedOut } ? .transientError : .otherError
    }

    private init(tls error: TLSError, _ text: String, isProxy: Bool) {
        switch error {
        case .certificate(let reasons, _, _)
        where !reasons.isDisjoint(with: [.statusMissing, .statusInvalid, .statusNotGood]):
            self.init(.certificateStatus, text)
            note(reasons, isProxy: isProxy)
        case .certificate(let reasons, _, _):
            // To trust the issuer does not help against a wrong name or date.
            let isUntrusted = !reasons.isDisjoint(with: [.selfSigned, .unknownIssuer, .untrusted])
            let advice =
                switch (isProxy, isUntrusted) {
                case (false, true): "trust its issuer with --cacert or pin it with --fingerprint"
                case (false, false): "if it is the right one all the same, pin it with --fingerprint"
                // A pin of a proxy's key is checked besides chain and name.
                case (true, true):
                    "trust its issuer with --proxy-cacert, or pin its key with --proxy-insecure and "
                        + "--proxy-pinnedpubkey"
                case (true, false):
                    "if it is the right one all the same, pin its key with --proxy-insecure and "
                        + "--proxy-pinnedpubkey"
                }
            self.init(.peerNotVerified, "\(text); \(advice)")
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
        case .handshake, .io, .alert, .record:
            self.init(
                error.isClientCertificateRequired ? .clientCertificateRequired : .tlsHandshakeFailed, text)
        }
    }

    private mutating func note(_ reasons: Set<CertificateProblem>, isProxy: Bool) {
        let result = reasons.map(\.verifyResult).max() ?? 1
        if isProxy { proxyVerifyResult = result } else { verifyResult = result }
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
            case .headTooLarge: .valueTooLarge
            case .badRequest: .badFunctionArgument
            }
        let phase = error.kind == .badRequest ? "the request cannot be sent" : "receiving the response failed"
        self.init(status, "\(phase): \(error)")
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
        // The scheme of another socket is one that redirects may not have.
        case .unsupportedScheme, .foreignSocket: self.init(.unsupportedProtocol, "\(error)")
        default: self.init(.malformedURL, "\(error)")
        }
        namesURL = true
    }

    private init(naming error: FileNamingError) {
        if case .unknownGlob = error {
            self.init(.badFunctionArgument, "\(error)")
        } else {
            self.init(.writeFailed, "\(error)")
        }
    }
}

extension CertificateProblem {
    /// The number of this problem among OpenSSL's `X509_V_ERR_` constants.
    var verifyResult: Int {
        switch self {
        case .badSignature: 7
        case .notYetValid: 9
        case .expired: 10
        case .revocationListOutdated: 12
        case .selfSigned: 18
        case .unknownIssuer: 20
        case .chainTooLong: 22
        case .revoked: 23
        case .issuerNotAuthority: 24
        case .wrongPurpose: 26
        case .untrusted: 27
        case .unknownCriticalExtension: 34
        case .constraintViolated: 47
        case .nameMismatch: 62
        case .insecureAlgorithm: 68
        case .statusMissing: 73
        case .statusInvalid: 74
        case .statusNotGood: 75
        case .malformed, .missing: 1
        }
    }
}
