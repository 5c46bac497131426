/// The logins of a netrc file, by host. Pure.
///
/// Tokens are separated by blanks and line ends. `machine NAME` and `default` begin an entry; `login`, `password` and
/// `account` (which HTTP has no use for) take the token that follows; `macdef` hides everything up to a blank line; other
/// words are passed over. A token may stand in double quotes, with `\"`, `\\`, `\n`, `\r` and `\t` in it. Where a
/// keyword is expected, `#` begins a comment.
public struct Netrc: Sendable {
    /// What one `machine` or `default` says.
    public struct Entry: Hashable, Sendable {
        /// nil stands for every host.
        public var host: String?
        /// Case matters.
        public var login: ByteString?
        /// As it is, escapes undone.
        public var password: ByteString?
    }

    /// In the order of the file.
    public let entries: [Entry]

    /// The most bytes of a file that is read.
    public static let longestFile = 128 * 1024
    /// The most bytes of one line.
    public static let longestLine = 16 * 1024
    /// The most bytes of one token, quotes and escapes not counted.
    public static let longestToken = 4 * 1024

    /// Reads a whole file.
    public init(_ bytes: [UInt8]) throws(NetrcError) {
        guard bytes.count <= Self.longestFile else { throw NetrcError(line: 0, fault: .fileTooLong) }
        var parser = Parser()
        var number = 0
        var rest = bytes.withoutByteOrderMark
        while !rest.isEmpty {
            number += 1
            let end = rest.firstIndex(of: ASCII.lf) ?? rest.endIndex
            var line = rest[..<end]
            rest = rest[end...].dropFirst()
            if line.last == ASCII.cr { line.removeLast() }
            do throws(NetrcError.Fault) {
                guard line.count <= Self.longestLine else { throw .lineTooLong }
                try parser.take(line)
            } catch {
                throw NetrcError(line: number, fault: error)
            }
        }
        entries = parser.entries
    }

    /// The first entry for `host` that names a login and, where `user` is given, is that user's: a login of another name
    /// does not count, an entry with a password alone does. A missing password is an empty one. Where no entry names a
    /// login, a password alone is that of the user without a name.
    public func login(
        for host: String, user: ByteString? = nil
    ) -> (user: ByteString, password: ByteString)? {
        var nameless: ByteString?
        for entry in entries where entry.host.map({ ASCII.equalIgnoringCase($0, host) }) ?? true {
            if let user {
                guard let password = entry.password, entry.login ?? user == user else { continue }
                return (user, password)
            }
            if let login = entry.login { return (login, entry.password ?? "") }
            nameless = nameless ?? entry.password
        }
        return nameless.map { ("", $0) }
    }
}

/// What is wrong with a netrc file. Never shows what stands in it.
public struct NetrcError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The line, from 1; 0 for the file as a whole.
    public var line: Int
    /// What is wrong with it.
    public var fault: Fault

    /// What may be wrong.
    public enum Fault: Error, Hashable, Sendable {
        /// More than `longestFile` bytes.
        case fileTooLong
        /// More than `longestLine` bytes.
        case lineTooLong
        /// More than `longestToken` bytes.
        case tokenTooLong
        /// A double quote that nothing closes on its line.
        case openQuote
    }

    /// One clause that follows the file's name.
    public var description: String {
        switch fault {
        case .fileTooLong: "it has more than \(Netrc.longestFile) bytes"
        case .lineTooLong: "line \(line) has more than \(Netrc.longestLine) bytes"
        case .tokenTooLong: "a word in line \(line) has more than \(Netrc.longestToken) bytes"
        case .openQuote: "a quote in line \(line) is not closed"
        }
    }
}

extension Netrc {
    /// Takes the file line by line.
    private struct Parser {
        var entries: [Entry] = []
        private var expected = Expected.keyword

        /// What the next token is.
        private enum Expected {
            case keyword
            case host
            case login
            case password
            case account
            /// The text of a macro, up to a blank line.
            case macro
        }

        mutating func take(_ line: ArraySlice<UInt8>) throws(NetrcError.Fault) {
            var rest = line.drop(while: ASCII.isBlank)
            if expected == .macro {
                if rest.isEmpty { expected = .keyword }
                return
            }
            while let first = rest.first {
                if first == UInt8(ascii: "#"), expected == .keyword { return }
                take(token: try Self.token(&rest))
                if expected == .macro { return }
                rest = rest.drop(while: ASCII.isBlank)
            }
        }

        private mutating func take(token: ByteString) {
            switch expected {
            case .keyword: take(keyword: ASCII.lowercased(token.description))
            case .host:
                entries.append(Entry(host: token.description))
                expected = .keyword
            case .login: set(\.login, token)
            case .password: set(\.password, token)
            case .account, .macro: expected = .keyword
            }
        }

        private mutating func take(keyword: String) {
            switch keyword {
            case "machine": expected = .host
            case "default": entries.append(Entry(host: nil))
            case "login": expected = .login
            case "password": expected = .password
            case "account": expected = .account
            case "macdef": expected = .macro
            default: break
            }
        }

        /// Words before the first `machine` belong to no entry and are dropped.
        private mutating func set(_ part: WritableKeyPath<Entry, ByteString?>, _ token: ByteString) {
            expected = .keyword
            guard !entries.isEmpty else { return }
            entries[entries.count - 1][keyPath: part] = token
        }

        private static func token(_ rest: inout ArraySlice<UInt8>) throws(NetrcError.Fault) -> ByteString {
            var bytes: [UInt8] = []
            if rest.first == ASCII.quote {
                rest.removeFirst()
                while true {
                    guard var byte = rest.popFirst() else { throw .openQuote }
                    if byte == ASCII.quote { break }
                    if byte == ASCII.backslash {
                        guard let escaped = rest.popFirst() else { throw .openQuote }
                        byte = Self.unescaped(escaped)
                    }
                    bytes.append(byte)
                }
            } else {
                let token = rest.prefix { !ASCII.isBlank($0) }
                rest = rest[token.endIndex...]
                bytes = Array(token)
            }
            guard bytes.count <= Netrc.longestToken else { throw .tokenTooLong }
            return ByteString(bytes)
        }

        private static func unescaped(_ byte: UInt8) -> UInt8 {
            switch byte {
            case UInt8(ascii: "n"): ASCII.lf
            case UInt8(ascii: "r"): ASCII.cr
            case UInt8(ascii: "t"): ASCII.tab
            default: byte
            }
        }
    }
}
