/// A place where bytes of an answer end up.
///
/// All sinks are synchronous and belong to the loop's thread: a write returns when the kernel, a buffer
/// or the spill file has the bytes.
protocol ByteSink: AnyObject {
    /// Whether a terminal shows the bytes, which obeys control characters.
    var isTerminal: Bool { get }
    /// Takes all of `bytes`, or throws; after a throw the sink takes no more.
    func write(_ bytes: UnsafeRawBufferPointer) throws(OutputError)
}

extension ByteSink {
    /// False: most sinks are files.
    var isTerminal: Bool { false }

    /// Writes the text's UTF-8 bytes.
    func write(_ text: String) throws(OutputError) {
        var text = text
        let failure = text.withUTF8 { utf8 -> OutputError? in
            do throws(OutputError) {
                try write(UnsafeRawBufferPointer(utf8))
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }

    /// Writes the array's bytes.
    func write(_ bytes: [UInt8]) throws(OutputError) {
        let failure = bytes.withUnsafeBytes { raw -> OutputError? in
            do throws(OutputError) {
                try write(raw)
                return nil
            } catch {
                return error
            }
        }
        if let failure { throw failure }
    }
}
