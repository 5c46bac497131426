extension TransferOutput {
    /// The transfer's share of standard output, in the order of the calls; nil = it prints nothing there.
    static func makeSink(
        _ plan: TransferPlan, _ operation: Shared<OperationPlan>, _ context: RunContext
    ) -> StdoutSink? {
        if case .standardOutput(let allowsBinary) = plan.destination {
            return context.standardOutput.makeSink(allowsBinary: allowsBinary)
        }
        guard
            operation.writeOut != nil || operation.checksums.printed != nil
                || operation.dumpHeader == .standardOutput || operation.reply.etagFile == .standardOutput
        else { return nil }
        return context.standardOutput.makeSink()
    }
}

// What is left to write once all bytes were handed over.
extension TransferOutput {
    /// The stream whose slow reader has not taken everything yet, after `close`; nil = all is written.
    var delivering: StdoutSink? {
        if let stream = file?.stream, stream.isDelivering { return stream }
        guard let standardOutput, standardOutput.isDelivering else { return nil }
        return standardOutput
    }

    /// Gives up what is not written yet.
    func abandon() {
        file?.stream?.abandon()
        standardOutput?.abandon()
    }

    /// The error of the writes after `close`; nil = there was none.
    var deliveryFailure: OutputError? { file?.stream?.failure ?? standardOutput?.failure }
}
