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
