import HTTPClient
import HTTPCore
import Testing

@testable import FerryCLI

/// Which error has which of curl's numbers, and that each says what was going on.
struct TransferFailureTests {
    @Test(arguments: [
        (HTTPError.emptyReply, FerryCLI.ExitStatus.emptyReply), (.notHTTP, .unsupportedProtocol),
        (.contentLengthWithTransferEncoding, .weirdReply), (.truncatedHead(received: 1), .partialFile),
        (.malformedChunk(.nul), .receiveFailed), (.badTransferEncoding("x", .empty), .badContentEncoding),
        (.tooManyFields(limit: 1), .valueTooLarge), (.headTooLarge(limit: 1), .receiveFailed),
        (.noFinalResponse, .emptyReply), (.unaskedUpgrade, .weirdReply),
    ]) func `broken answers`(_ error: HTTPError, _ status: FerryCLI.ExitStatus) {
        let failure = TransferFailure(HTTPClientError.http(error))
        #expect(failure.status == status)
        #expect(failure.text == "receiving the response failed: \(error)")
        let outcome: RetryPolicy.Outcome =
            switch status {
            case .emptyReply: .empty
            case .partialFile: .partial
            default: .otherError
            }
        #expect(failure.outcome == outcome && !failure.namesURL)
    }

    @Test func `a request that may not be written`() {
        let failure = TransferFailure(HTTPError.invalidFieldValue(name: "X"))
        #expect(failure.status == .badFunctionArgument)
        #expect(
            failure.text
                == "the request cannot be sent: the value of header field X holds a CR, LF or NUL byte")
    }

    @Test func `time limits and names pass`() {
        let late = TransferFailure(HTTPClientError.timedOut(.body, received: 3, expected: 9))
        #expect(late.status == .timedOut && late.outcome == .timeout)
        #expect(late.text == "timed out with 3 out of 9 bytes received")
    }

    @Test func `our own side`() {
        #expect(TransferFailure(HTTPClientError.source("cannot read f: no")).status == .readFailed)
        #expect(TransferFailure(HTTPClientError.cannotRewind).status == .rewindFailed)
        #expect(TransferFailure(CancellationError()).status == .aborted)
        let pipe = TransferFailure(OutputError(.write, "standard output", errno: 32))
        #expect(pipe.status == .writeFailed && pipe.isBrokenPipe)
        #expect(!TransferFailure(OutputError(.write, "f", errno: 28)).isBrokenPipe)
        let signal = TransferFailure(OutputError(.write, "f", .interrupted))
        #expect(signal.isInterrupted && !signal.isBrokenPipe && !pipe.isInterrupted)
    }

    @Test func `URLs`() {
        let scheme = TransferFailure(HTTPURLError(.unsupportedScheme("ftp"), in: "ftp://h"))
        #expect(scheme.status == .unsupportedProtocol && scheme.namesURL)
        #expect(TransferFailure(HTTPURLError(.noHost, in: "http://")).status == .malformedURL)
        #expect(TransferFailure(FileNamingError.unknownGlob(name: "x")).status == .badFunctionArgument)
        #expect(TransferFailure(FileNamingError.refused(name: "..")).status == .writeFailed)
    }
}
