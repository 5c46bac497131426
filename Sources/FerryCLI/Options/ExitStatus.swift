/// The exit statuses of the command: curl's numbers, so that scripts carry over.
///
/// The raw value is the process's exit status. The man page's section is made from `meaning`.
package enum ExitStatus: Int32, CaseIterable, Sendable {
    case success = 0
    case unsupportedProtocol = 1
    case usage = 2
    case malformedURL = 3
    case notBuiltIn = 4
    case proxyNotResolved = 5
    case hostNotResolved = 6
    case connectFailed = 7
    case weirdReply = 8
    case partialFile = 18
    case httpError = 22
    case writeFailed = 23
    case uploadNotPossible = 25
    case readFailed = 26
    case outOfMemory = 27
    case timedOut = 28
    case rangeRefused = 33
    case tlsHandshakeFailed = 35
    case badResumeOffset = 36
    case aborted = 42
    case badFunctionArgument = 43
    case bindFailed = 45
    case tooManyRedirects = 47
    case malformedOptionValue = 49
    case emptyReply = 52
    case sendFailed = 55
    case receiveFailed = 56
    case clientCertificate = 58
    case badCipher = 59
    case peerNotVerified = 60
    case badContentEncoding = 61
    case fileTooLarge = 63
    case rewindFailed = 65
    case loginDenied = 67
    case trustFile = 77
    case revocationList = 82
    case pinMismatch = 90
    case certificateStatus = 91
    case authenticationFailed = 94
    case proxyHandshakeFailed = 97
    case clientCertificateRequired = 98
    case valueTooLarge = 100
    case checksumDiffers = 111
    case notAsExpected = 110
    case notReady = 112

    /// What the status says about the run, as one sentence without a trailing period.
    package var meaning: String {
        switch self {
        case .success: "everything that was asked for was done; an HTTP error counts only with --fail"
        case .unsupportedProtocol:
            "the URL or a redirect names a scheme, or the server speaks a version, that is not served"
        case .usage: "the command line or a config file is wrong, or options contradict one another"
        case .malformedURL: "a URL or a URL pattern cannot be parsed"
        case .notBuiltIn: "the feature was left out of this build"
        case .proxyNotResolved: "the name of the proxy has no address"
        case .hostNotResolved: "the name of the host has no address, or the socket path is too long"
        case .connectFailed:
            "no connection: refused, unreachable, no such socket, or the proxy said no to the tunnel"
        case .weirdReply: "the server's reply is not valid HTTP"
        case .partialFile: "the connection ended before the whole body had come"
        case .httpError: "the server answered 400 or above and --fail or --fail-with-body was given"
        case .writeFailed: "output could not be opened or written"
        case .uploadNotPossible: "the upload cannot be sent to this server"
        case .readFailed: "a local file or standard input could not be read"
        case .outOfMemory: "no memory left"
        case .timedOut: "a time limit was reached"
        case .rangeRefused: "the server does not serve the range that resuming needs"
        case .tlsHandshakeFailed: "the TLS handshake failed"
        case .badResumeOffset: "the transfer cannot be resumed at the offset"
        case .aborted: "stopped because another transfer failed and --fail-early was given"
        case .badFunctionArgument: "a signature, a request or a file name cannot be made from what was given"
        case .bindFailed: "the local address or port could not be bound"
        case .tooManyRedirects: "more redirects than --max-redirs allows"
        case .malformedOptionValue: "the value of --resolve or --connect-to is malformed"
        case .emptyReply: "the server closed the connection without a single byte of answer"
        case .sendFailed: "sending to the network failed"
        case .receiveFailed: "receiving from the network failed, or the chunked framing is broken"
        case .clientCertificate: "the client certificate or its key cannot be used"
        case .badCipher: "the asked cipher cannot be used"
        case .peerNotVerified: "the server's certificate is not trusted, has expired or is for another name"
        case .badContentEncoding: "the body's content coding is unknown or its data is corrupt"
        case .fileTooLarge: "the body is larger than --max-filesize allows"
        case .rewindFailed: "the body would have to be sent again, but its source cannot be rewound"
        case .loginDenied: "the login was refused"
        case .trustFile: "the file of trusted certificates cannot be read or used"
        case .revocationList: "the file of revocation lists cannot be read or used"
        case .pinMismatch: "the server's certificate or public key is not the pinned one"
        case .certificateStatus: "the server's OCSP answer is missing, unusable or not good"
        case .authenticationFailed: "what the server asks for to log in cannot be given"
        case .proxyHandshakeFailed: "the SOCKS proxy did not make the connection"
        case .clientCertificateRequired: "the server demands a client certificate"
        case .checksumDiffers: "a checksum or a digest is not the one that it should be, or there is none"
        case .valueTooLarge: "a header block or another value is larger than ferry accepts"
        case .notAsExpected: "an answer is not what an --expect-… says it has to be"
        case .notReady: "a service was not ready, or not gone, in the time of --wait-ready"
        }
    }
}
