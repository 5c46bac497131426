internal import HTTPClient
internal import HTTPCore

/// The sums of files, by the last part of their names: what `sha256sum` and its like, or BSD's tools, write. Pure.
///
/// `HEX  NAME`, `HEX *NAME` and `SHA256 (NAME) = HEX`, with any line ends. Lines of another form say nothing: comments,
/// signatures and headlines stand in such files.
package struct SumsFile: Equatable, Sendable {
    /// What errors call it.
    package var source: String
    // By bytes, because texts are equal that only look the same.
    private var entries: [[UInt8]: Entry] = [:]

    private enum Entry: Equatable {
        case sum(Checksum)
        /// Lines that say different things.
        case several
        /// A line whose sum is none: so many digits.
        case malformed(digits: Int)
    }

    package var isEmpty: Bool { entries.isEmpty }

    /// What the file says of a name.
    package enum Answer: Equatable {
        case sum(Checksum)
        case missing
        case several
        case malformed(digits: Int)
    }

    package init(_ bytes: [UInt8], source: String) {
        self.source = source
        for line in bytes.withoutByteOrderMark.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            read(line)
        }
    }

    /// What it says of a file; only the last part of the name counts.
    package func sum(of name: String) -> Answer {
        switch entries[Self.lastPart(CarriedText.bytes(of: name).bytes)] {
        case .sum(let sum)?: .sum(sum)
        case .several?: .several
        case .malformed(let digits)?: .malformed(digits: digits)
        case nil: .missing
        }
    }

    // MARK: Lines

    private mutating func read(_ line: ArraySlice<UInt8>) {
        var line = line.drop(while: ASCII.isBlank)
        guard let first = line.first, first != UInt8(ascii: "#") else { return }
        // Names with line feeds or backslashes are written with escapes then.
        let isEscaped = first == UInt8(ascii: "\\")
        if isEscaped { line = line.dropFirst() }
        let digits = line.prefix { ASCII.hexValue($0) != nil }
        if digits.count >= 32 {
            readPlain(digits, line[digits.endIndex...], isEscaped: isEscaped)
        } else {
            readTagged(line, isEscaped: isEscaped)
        }
    }

    /// `HEX  NAME`: a blank, and another or an asterisk.
    private mutating func readPlain(
        _ digits: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>, isEscaped: Bool
    ) {
        guard rest.first == 0x20 || rest.first == 0x09 else { return }
        var name = rest.dropFirst()
        if name.first == 0x20 || name.first == UInt8(ascii: "*") { name = name.dropFirst() }
        add(Self.bytes(name, isEscaped: isEscaped), Checksum(hex: digits), digits: digits.count)
    }

    /// `ALG (NAME) = HEX`.
    private mutating func readTagged(_ line: ArraySlice<UInt8>, isEscaped: Bool) {
        let word = line.prefix { $0 != 0x20 && $0 != UInt8(ascii: "(") }
        let letters = word.filter { $0 != UInt8(ascii: "-") }
        guard
            let algorithm = MessageDigest(rawValue: String(decoding: letters, as: UTF8.self).lowercased()),
            let open = line[word.endIndex...].firstIndex(of: UInt8(ascii: "(")),
            let close = line.lastIndex(of: UInt8(ascii: ")")), open < close
        else { return }
        let rest = line[(close + 1)...].filter { $0 != 0x20 && $0 != 0x09 }
        guard rest.first == UInt8(ascii: "=") else { return }
        let digits = rest.dropFirst()
        let sum = Checksum(hex: digits)
        add(
            Self.bytes(line[(open + 1)..<close], isEscaped: isEscaped),
            sum?.algorithm == algorithm ? sum : nil, digits: digits.count)
    }

    private mutating func add(_ name: [UInt8], _ sum: Checksum?, digits: Int) {
        let name = Self.lastPart(name)
        guard !name.isEmpty else { return }
        let entry = sum.map(Entry.sum) ?? .malformed(digits: digits)
        guard let other = entries.updateValue(entry, forKey: name), other != entry else { return }
        // Two sums of different algorithms do not contradict each other: the stronger one counts.
        if case .sum(let one) = other, case .sum(let two) = entry, one.algorithm != two.algorithm {
            entries[name] = .sum(one.bytes.count > two.bytes.count ? one : two)
        } else {
            entries[name] = .several
        }
    }

    private static func bytes(_ name: ArraySlice<UInt8>, isEscaped: Bool) -> [UInt8] {
        guard isEscaped else { return Array(name) }
        var bytes: [UInt8] = []
        var rest = name
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escaped = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            bytes.append(escaped == UInt8(ascii: "n") ? 0x0A : escaped == UInt8(ascii: "r") ? 0x0D : escaped)
        }
        return bytes
    }

    private static func lastPart(_ name: [UInt8]) -> [UInt8] {
        guard let slash = name.lastIndex(of: UInt8(ascii: "/")) else { return name }
        return Array(name[(slash + 1)...])
    }
}
