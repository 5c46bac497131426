/// Lays JSON out for people while it streams: an indented line for each member and element, colours, or both.
///
/// It takes a text in pieces of any size, one value or several (NDJSON), and keeps a bit for each array and object that is
/// open and nothing of the text, so that its memory is the same for any. Strings, numbers and names come out byte for byte,
/// in their order; only white space between them differs. From the byte on at which the text stops being JSON (RFC 8259
/// in UTF-8, by the rules of `JSONChecker`), everything passes as it is.
package final class JSONPrinter {
    /// What is done to a text.
    package struct Style: Equatable, Sendable {
        /// Members and elements have lines of their own; otherwise white space stays as it is.
        package var isIndented: Bool
        package var isColoured: Bool

        package init(isIndented: Bool, isColoured: Bool) {
            self.isIndented = isIndented
            self.isColoured = isColoured
        }
    }

    private static let bufferBytes = 64 * 1024
    private var machine: JSONPrinterMachine
    private let buffer: UnsafeMutablePointer<UInt8>
    private let objects: UnsafeMutablePointer<UInt64>

    /// Begins a text.
    package init(_ style: Style) {
        buffer = .allocate(capacity: Self.bufferBytes)
        let words = JSONChecker.deepest / 64 + 1
        objects = .allocate(capacity: words)
        objects.initialize(repeating: 0, count: words)
        machine = JSONPrinterMachine(style, output: buffer, capacity: Self.bufferBytes, objects: objects)
    }

    deinit {
        buffer.deallocate()
        objects.deallocate()
    }

    /// Takes the next bytes, and hands on what they become.
    package func take<Failure: Error>(
        _ bytes: UnsafeRawBufferPointer, _ write: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        guard let base = bytes.baseAddress else { return }
        // A copy on the stack, whose fields the compiler may keep in registers.
        var machine = self.machine
        defer { self.machine = machine }
        var index = 0
        while index < bytes.count, !machine.isRaw {
            index = machine.run(base, from: index, to: bytes.count)
            try flush(&machine, write)
        }
        if index < bytes.count { try write(UnsafeRawBufferPointer(rebasing: bytes[index...])) }
    }

    /// The text has ended, whole or not.
    package func finish<Failure: Error>(
        _ write: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        machine.finish()
        try flush(&machine, write)
    }

    private func flush<Failure: Error>(
        _ machine: inout JSONPrinterMachine, _ write: (UnsafeRawBufferPointer) throws(Failure) -> Void
    ) throws(Failure) {
        guard machine.used > 0 else { return }
        let output = UnsafeRawBufferPointer(start: buffer, count: machine.used)
        machine.used = 0
        try write(output)
    }
}
