import HTTPCore

/// One argument of a command as a POSIX shell reads it: bytes as they are, and variables that stand for secrets. Pure.
struct ShellWord: Equatable {
    /// A stretch of it.
    enum Piece: Equatable {
        case bytes([UInt8])
        case variable(String)
    }

    var pieces: [Piece] = []

    init(_ pieces: [Piece]) {
        self.pieces = pieces
    }

    /// The text, without a secret.
    init(_ text: String) {
        pieces = [.bytes(Array(text.utf8))]
    }

    /// Whether it can be an argument at all: NUL cannot, and Linux takes no more than 128 KiB.
    var fitsArgument: Bool {
        var count = 0
        for case .bytes(let bytes) in pieces {
            if bytes.contains(0) { return false }
            count += bytes.count
        }
        return count <= 100_000
    }

    /// As it is typed. Bare where nothing in it means anything to a shell, else in quotes.
    var quoted: [UInt8] {
        var result: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .bytes(let bytes): result += Self.quoted(bytes)
            case .variable(let name): result += "\"$\(name)\"".utf8
            }
        }
        return result.isEmpty ? Array("''".utf8) : result
    }

    /// Commands that write it to their output.
    var printed: [UInt8] {
        var commands: [[UInt8]] = []
        for piece in pieces {
            switch piece {
            case .bytes(let bytes):
                commands.append(Array("printf '".utf8) + bytes.flatMap(Self.formatted) + [0x27])
            case .variable(let name): commands.append(Array("printf %s \"$\(name)\"".utf8))
            }
        }
        guard commands.count > 1 else { return commands.first ?? Array("printf ''".utf8) }
        return Array("{ ".utf8) + commands.joined(separator: Array("; ".utf8)) + Array("; }".utf8)
    }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        guard !bytes.isEmpty else { return [] }
        if bytes.allSatisfy(isBare), bytes.first != UInt8(ascii: "~"), bytes.first != UInt8(ascii: "=") {
            return bytes
        }
        var result: [UInt8] = []
        var rest = bytes[...]
        let isText = String(validating: bytes, as: UTF8.self) != nil
        while let first = rest.first {
            let isHidden = needsEscape(first, isText)
            let run = rest.prefix { needsEscape($0, isText) == isHidden }
            rest = rest[run.endIndex...]
            if isHidden {
                result += "\"$(printf '".utf8 + run.flatMap(octal) + "')\"".utf8
            } else {
                result += "'".utf8 + run.flatMap { $0 == 0x27 ? Array(#"'\''"#.utf8) : [$0] } + "'".utf8
            }
        }
        return result
    }

    /// What would be lost, or obeyed, on its way through a terminal. Never a line feed, which `$(…)` would cut.
    private static func needsEscape(_ byte: UInt8, _ isText: Bool) -> Bool {
        byte < 0x20 && byte != 0x0A && byte != 0x09 || byte == 0x7F || byte >= 0x80 && !isText
    }

    private static func isBare(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || "%+,-./:=@_".utf8.contains(byte)
    }

    private static func formatted(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "%"): [byte, byte]
        case UInt8(ascii: "\\"): [byte, byte]
        case UInt8(ascii: "'"), 0x00..<0x09, 0x0B..<0x20, 0x7F...0xFF: octal(byte)
        default: [byte]
        }
    }

    private static func octal(_ byte: UInt8) -> [UInt8] {
        [UInt8(ascii: "\\"), 0x30 + (byte >> 6), 0x30 + (byte >> 3 & 7), 0x30 + (byte & 7)]
    }
}
