internal import Glibc

/// A stretch of a config file of nothing but plain lines: its place is kept and not what it says, and its lines are read
/// again when their turn comes. So a file of a million URLs takes no more memory than one of a thousand.
package struct ConfigRun: Equatable, Sendable {
    let source: ConfigSource
    /// The offsets of its lines.
    private(set) var range: Range<Int>
    private(set) var urls = 0
    private(set) var outputs = 0
    /// A URL of the run begins with `https`.
    private(set) var namesTLS = false

    /// An empty run at `offset`.
    init(_ source: ConfigSource, offset: Int) {
        self.source = source
        range = offset..<offset
    }

    /// Takes the plain lines at the start of `bytes`, which are whole ones, into the run.
    ///
    /// - Returns: how many bytes and lines that were.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> (bytes: Int, lines: Int) {
        guard let base = bytes.baseAddress else { return (0, 0) }
        var taken = 0
        var lines = 0
        while taken < bytes.count {
            let feed = memchr(base + taken, 0x0A, bytes.count - taken)
            let end = feed.map { UnsafeRawPointer($0) - base } ?? bytes.count
            let line = UnsafeRawBufferPointer(start: base + taken, count: end - taken)
            switch PlainLine(line) {
            case nil:
                extend(by: taken)
                return (taken, lines)
            case .nothing: break
            case .url(let value):
                urls += 1
                // Mostly the fifth byte says no.
                if !namesTLS, value.count > 4, line[value.lowerBound + 4] | 0x20 == UInt8(ascii: "s") {
                    namesTLS = URLArgument.namesTLS(line[value])
                }
            case .output, .remoteName:
                outputs += 1
            }
            taken = min(end + 1, bytes.count)
            lines += 1
        }
        extend(by: taken)
        return (taken, lines)
    }

    /// Reads its lines again.
    var lines: LineSplitter {
        var rest = range
        return LineSplitter(longest: ConfigFile.longestLine) { [source] (room) throws(FileReadError) in
            guard !rest.isEmpty else { return 0 }
            let room = UnsafeMutableRawBufferPointer(rebasing: room.prefix(rest.count))
            let got = try source.read(at: rest.lowerBound, into: room)
            guard got > 0 else { throw .changed }
            rest.removeFirst(got)
            return got
        }
    }

    private mutating func extend(by count: Int) {
        range = range.lowerBound..<range.upperBound + count
    }
}

/// What can be read again from the plain lines of a config file.
package protocol PlainLineValue: Equatable, Sendable {
    /// What `plain`, the form of `line`, says; nil when that is about something else.
    init?(_ plain: PlainLine, in line: UnsafeRawBufferPointer)
}

extension URLArgument: PlainLineValue {
    package init?(_ plain: PlainLine, in line: UnsafeRawBufferPointer) {
        guard case .url(let value) = plain else { return nil }
        self = .url(String(decoding: line[value], as: UTF8.self))
    }

    /// Whether a URL begins with `https`, in any case.
    static func namesTLS(_ text: some Sequence<UInt8>) -> Bool {
        var rest = text.makeIterator()
        return "https".utf8.allSatisfy { expected in rest.next().map { $0 | 0x20 == expected } ?? false }
    }
}

extension OutputArgument: PlainLineValue {
    package init?(_ plain: PlainLine, in line: UnsafeRawBufferPointer) {
        switch plain {
        case .output(let value): self = .file(String(decoding: line[value], as: UTF8.self))
        case .remoteName: self = .remoteName
        case .url, .nothing: return nil
        }
    }
}

/// The arguments of one kind in the order given, those of long config files not read yet.
///
/// What an element must be is said of its methods and not of the type: each use of a type with such a parameter makes the
/// runtime search all conformances of the program at start-up.
package struct ArgumentList<Element>: ExpressibleByArrayLiteral {
    private(set) var pieces: [Piece]
    /// How many arguments there are.
    private(set) var count: Int

    enum Piece {
        case argument(Element)
        case run(ConfigRun)
    }

    package init(arrayLiteral elements: Element...) {
        pieces = elements.map { .argument($0) }
        count = elements.count
    }

    package var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        pieces.append(.argument(element))
        count += 1
    }

    /// Appends what is of this kind in `run`, which are `count`; nothing when that is 0.
    mutating func append(_ run: ConfigRun, count: Int) {
        guard count > 0 else { return }
        pieces.append(.run(run))
        self.count += count
    }

    func makeReader() -> Reader { Reader(pieces: pieces) }

    /// Gives the arguments one by one.
    struct Reader {
        fileprivate let pieces: [Piece]
        fileprivate var position = 0
        /// The lines of the run that is being read.
        fileprivate var lines: LineSplitter?
    }
}

extension ArgumentList: Equatable where Element: Equatable {}
extension ArgumentList.Piece: Equatable where Element: Equatable {}
extension ArgumentList: Sendable where Element: Sendable {}
extension ArgumentList.Piece: Sendable where Element: Sendable {}

extension ArgumentList.Reader where Element: PlainLineValue {
    /// The next argument; nil at the end.
    ///
    /// - Throws: when the config file cannot be read again as it was; nothing comes after that.
    mutating func next() throws(FileReadError) -> Element? {
        do throws(FileReadError) {
            while true {
                if let element = try nextOfRun() { return element }
                lines = nil
                guard position < pieces.count else { return nil }
                position += 1
                switch pieces[position - 1] {
                case .argument(let element): return element
                case .run(let run): lines = run.lines
                }
            }
        } catch {
            position = pieces.count
            lines = nil
            throw error
        }
    }

    private func nextOfRun() throws(FileReadError) -> Element? {
        guard let lines else { return nil }
        while let line = try lines.next() {
            let element = try lines.withBytes(line) { (bytes) throws(FileReadError) -> Element? in
                guard let plain = PlainLine(bytes) else { throw .changed }
                return Element(plain, in: bytes)
            }
            if let element { return element }
        }
        return nil
    }
}
