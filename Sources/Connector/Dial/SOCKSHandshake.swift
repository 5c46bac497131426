/// The client's side of a SOCKS handshake, without I/O: SOCKS 4 and 4a, and SOCKS 5 (RFC 1928) with a user name and
/// password (RFC 1929) where there are any.
///
/// The shell sends what `takeOutput` gives, then reads at most `wanted` bytes and hands them to `receive`, until
/// `wanted` is 0. Then the connection stands, and no byte behind the proxy's answer was taken: it would belong to the
/// destination.
struct SOCKSHandshake: Sendable {
    /// Where the answer is; each part has a length that the parts before it told.
    private enum Stage {
        /// Version and code, then `.rest4`.
        case reply4
        /// Port and address, which mean nothing here, then `.done`.
        case rest4
        /// The way to log in, then `.verdict` or `.reply5`.
        case method
        /// What became of the login, then `.reply5`.
        case verdict
        /// Version and code, then `.address`.
        case reply5
        /// The type and the first byte of the proxy's own address, then `.rest5`.
        case address
        /// The rest of that address and the port, then `.done`.
        case rest5
        case done
    }

    /// The longest user name, password (RFC 1929 §2) and host name (RFC 1928 §5): their lengths are one byte.
    private static let longestText = 255

    private var stage: Stage
    private var output: [UInt8]
    private var part: [UInt8] = []
    private let request: [UInt8]
    private let login: [UInt8]?

    /// How many more bytes this part of the answer has; 0 = the proxy has made the connection.
    private(set) var wanted = 2

    /// A handshake that asks for a connection to `destination`.
    ///
    /// - Throws: what the protocol cannot carry: a name or an IPv6 address in SOCKS 4, a text that is too long.
    init(
        _ version: Version, to destination: SOCKSDestination, user: [UInt8]?, password: [UInt8]?
    ) throws(SOCKSFailure) {
        switch version {
        case .four(let allowsNames):
            stage = .reply4
            login = nil
            request = try Self.request4(destination, user: user ?? [], allowsNames: allowsNames)
            output = request
        case .five:
            stage = .method
            request = try Self.request5(destination)
            login = try user.map { (user) throws(SOCKSFailure) in
                try Self.login(user: user, password: password ?? [])
            }
            output = login == nil ? [5, 1, Method.none] : [5, 2, Method.none, Method.password]
        }
    }

    /// The protocol.
    enum Version: Hashable, Sendable {
        /// SOCKS 4, and with names SOCKS 4a.
        case four(allowsNames: Bool)
        case five
    }

    /// Ways to log in (RFC 1928 §3).
    private enum Method {
        static let none: UInt8 = 0
        static let password: UInt8 = 2
        static let noneAcceptable: UInt8 = 0xFF
    }

    // MARK: What is sent

    /// The bytes to send before the next are read; empty when there are none.
    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    private static func request4(
        _ destination: SOCKSDestination, user: [UInt8], allowsNames: Bool
    ) throws(SOCKSFailure) -> [UInt8] {
        try checkLength(user, "the user name")
        // A NUL ends the field.
        guard !user.contains(0) else { throw .unsendable("a user name with a NUL byte") }
        let head: [UInt8] = [4, 1] + bytes(of: destination.port)
        switch destination.host {
        case .ipv4(let address):
            // 0.0.0.x is how 4a says that a name follows.
            guard address == 0 || address > 0xFF else { throw .unsendable("an address of the form 0.0.0.x") }
            return head + bytes(of: address) + user + [0]
        case .name(let name) where allowsNames:
            let name = Array(name.utf8)
            try checkLength(name, "the host name")
            return head + [0, 0, 0, 1] + user + [0] + name + [0]
        case .name: throw .unsendable("a host name in SOCKS 4")
        case .ipv6: throw .unsendable("an IPv6 address in SOCKS 4")
        }
    }

    /// RFC 1928 §4.
    private static func request5(_ destination: SOCKSDestination) throws(SOCKSFailure) -> [UInt8] {
        var request: [UInt8] = [5, 1, 0]
        switch destination.host {
        case .ipv4(let address):
            request += [1] + bytes(of: address)
        case .ipv6(let high, let low):
            request += [4] + bytes(of: high) + bytes(of: low)
        case .name(let name):
            let name = Array(name.utf8)
            try checkLength(name, "the host name")
            request += [3, UInt8(name.count)] + name
        }
        return request + bytes(of: destination.port)
    }

    /// RFC 1929 §2.
    private static func login(user: [UInt8], password: [UInt8]) throws(SOCKSFailure) -> [UInt8] {
        try checkLength(user, "the user name")
        try checkLength(password, "the password")
        return [1, UInt8(user.count)] + user + [UInt8(password.count)] + password
    }

    private static func checkLength(_ text: [UInt8], _ what: String) throws(SOCKSFailure) {
        guard text.count <= longestText else { throw .tooLong(what) }
    }

    private static func bytes(of number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.bigEndian) { Array($0) }
    }

    // MARK: What is received

    /// Takes as many of `bytes` as belong to the answer and returns their number. Output may have to be sent then.
    ///
    /// - Throws: the refusal, as soon as the byte that says so is there: many proxies send no more than that.
    mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(SOCKSFailure) -> Int {
        var offset = 0
        while wanted > 0, offset < bytes.count {
            let count = min(wanted, bytes.count - offset)
            part += bytes[offset..<offset + count]
            offset += count
            wanted -= count
            if wanted == 0 { try advance() }
        }
        return offset
    }

    /// What it means that the proxy ended the connection now.
    var prematureEnd: SOCKSFailure { .ended(inAnswer: !part.isEmpty) }

    /// A part of the answer is whole.
    private mutating func advance() throws(SOCKSFailure) {
        switch stage {
        case .reply4:
            guard part[0] == 0 else { throw .wrongVersion(part[0], expected: 4) }
            guard part[1] == 90 else { throw .refused(version: 4, code: part[1]) }
            expect(6, .rest4)
        case .method:
            guard part[0] == 5 else { throw .wrongVersion(part[0], expected: 5) }
            try choose(part[1])
        case .verdict:
            // Some proxies write the version of SOCKS here and not that of the login.
            guard part[0] == 1 || part[0] == 5 else { throw .wrongLoginVersion(part[0]) }
            guard part[1] == 0 else { throw .loginRefused }
            ask()
        case .reply5:
            guard part[0] == 5 else { throw .wrongVersion(part[0], expected: 5) }
            guard part[1] == 0 else { throw .refused(version: 5, code: part[1]) }
            expect(3, .address)
        case .address:
            // Reserved byte, type, and the first byte of the address, which a name's length is (RFC 1928 §6).
            switch part[3] {
            case 1: expect(3 + 2, .rest5)
            case 3: expect(Int(part[4]) + 2, .rest5)
            case 4: expect(15 + 2, .rest5)
            default: throw .unknownAddressType(part[3])
            }
        case .rest4, .rest5: stage = .done
        case .done: break
        }
    }

    private mutating func choose(_ method: UInt8) throws(SOCKSFailure) {
        switch (method, login) {
        case (Method.none, _): ask()
        case (Method.password, .some(let login)):
            output = login
            part = []
            expect(2, .verdict)
        case (Method.noneAcceptable, _): throw .noAcceptableLogin(offered: login != nil)
        case (_, _): throw .unofferedLogin(method)
        }
    }

    private mutating func ask() {
        output += request
        part = []
        expect(2, .reply5)
    }

    private mutating func expect(_ count: Int, _ next: Stage) {
        wanted = count
        stage = next
    }
}
