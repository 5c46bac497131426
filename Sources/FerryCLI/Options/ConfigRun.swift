import HTTPCore

/// A stretch of a config file of nothing but plain lines, blank ones and comments. What they say is read from the bytes when
/// its turn comes: a file of a million URLs takes little more memory than its bytes.
package struct ConfigRun: Equatable, Sendable {
    /// The whole file.
    private let bytes: [UInt8]
    /// Where its lines stand.
    let range: Range<Int>
    private(set) var lines = 0
    private(set) var urls = 0
    private(set) var outputs = 0
    /// A URL of the run begins with `https`.
    private(set) var namesTLS = false

    /// The lines from `start` on up to the first that is not plain.
    init(_ bytes: [UInt8], from start: Int) {
        var (lines, urls, outputs) = (0, 0, 0)
        var namesTLS = false
        var forms = PlainForms()
        let end = bytes.span.withUnsafeBytes { bytes in
            var position = start
            while position < bytes.count {
                let end = bytes.endOfLine(from: position)
                guard end - position <= ConfigFile.longestLine else { break }
                switch forms.read(bytes, position..<end) {
                case .other: return position
                case .nothing: break
                case .plain(.url(let value)):
                    urls += 1
                    namesTLS =
                        namesTLS
                        || URLArgument.namesTLS(UnsafeRawBufferPointer(rebasing: bytes[value].prefix(5)))
                case .plain: outputs += 1
                }
                lines += 1
                position = min(end + 1, bytes.count)
            }
            return position
        }
        self.bytes = bytes
        range = start..<end
        self.lines = lines
        self.urls = urls
        self.outputs = outputs
        self.namesTLS = namesTLS
    }

    /// The next argument of this kind from `position` on, which is moved behind it; nil when there is none left.
    func next<Element: PlainArgument>(from position: inout Int) -> Element? {
        bytes.span.withUnsafeBytes { bytes in
            while position < range.upperBound {
                let line = position..<bytes.endOfLine(from: position)
                position = line.upperBound + 1
                if let plain = ConfigLine(bytes, line)?.plain(in: bytes),
                    let element = Element(plain, in: bytes)
                {
                    return element
                }
            }
            return nil
        }
    }
}

/// What a plain line of a config file can say.
protocol PlainArgument: Equatable, Sendable {
    /// nil when the line is about something else.
    init?(_ plain: ConfigLine.Plain, in bytes: UnsafeRawBufferPointer)
}

extension URLArgument: PlainArgument {
    init?(_ plain: ConfigLine.Plain, in bytes: UnsafeRawBufferPointer) {
        guard case .url(let value) = plain else { return nil }
        self = .url(CarriedText.percentEncoded(CarriedText.text(of: bytes[value])))
    }

    /// Whether a URL begins with `https`, in any case.
    static func namesTLS(_ text: some Sequence<UInt8>) -> Bool {
        var rest = text.makeIterator()
        return "https".utf8.allSatisfy { expected in rest.next().map { $0 | 0x20 == expected } ?? false }
    }
}

extension OutputArgument: PlainArgument {
    init?(_ plain: ConfigLine.Plain, in bytes: UnsafeRawBufferPointer) {
        switch plain {
        case .output(let value): self = .file(String(decoding: bytes[value], as: UTF8.self))
        case .remoteName: self = .remoteName
        case .url: return nil
        }
    }
}
