extension TransferOutput {
    /// Its place in line on standard output; nil when it has nothing to print there.
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
