// `--stderr -` and `--trace -`.
extension StdoutSequencer {
    /// Writes what the run itself has to say, where it is said: behind all that the share whose turn it is has got.
    func say(_ bytes: UnsafeRawBufferPointer) throws(OutputError) {
        if let current = undelivered { return try current.insert(bytes) }
        let sink = makeSink(allowsBinary: true)
        try sink.write(bytes)
        try sink.finish()
    }
}
