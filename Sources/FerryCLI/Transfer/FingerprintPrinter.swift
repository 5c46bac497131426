import Connector
import HTTPClient
import HTTPCore

/// Shows what a server's certificate hashes to, which is how one gets a pin. Trusts nobody and sends no request.
@LoopActor
struct FingerprintPrinter {
    let context: RunContext

    /// Prints a line for the server of one URL.
    /// - Returns: why that could not be done, which was told; nil = it was done.
    func print(_ plan: TransferPlan, _ operation: Operation) async -> ExitStatus? {
        let sink = context.standardOutput.makeSink()
        do {
            let url = try operation.plan.urls.parse(plan.url)
            guard url.scheme.isTLS else {
                throw TransferFailure(.usage, "only https URLs have a certificate")
            }
            var request = operation.connectionRequest(for: url, proxy: try operation.proxy(for: url))
            request.tls = operation.plan.tls.trustingAnybody
            let timeouts = try ConnectTimeouts(connect: operation.plan.connectTimeout)
            let connection = try await operation.connector.connect(to: request, timeouts: timeouts)
            defer { connection.close() }
            guard let leaf = connection.transport?.tls?.chain.first else {
                throw TransferFailure(.peerNotVerified, "the server showed no certificate")
            }
            try sink.write("sha256 \(Fingerprint(ofDER: leaf))  \(url.connectAuthority)\n")
            try sink.finish()
            return nil
        } catch {
            let failure = TransferFailure(error)
            context.diagnostics.error(
                Int(failure.status.rawValue), "\(SecretRedactor.redact(url: plan.url)): \(failure.text)")
            try? sink.finish()
            return failure.status
        }
    }
}
