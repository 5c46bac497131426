/// Why a SOCKS proxy made no connection. The description follows "gave no tunnel to host:port: ".
enum SOCKSFailure: Error, Hashable, Sendable {
    /// The protocol cannot carry it.
    case unsendable(String)
    /// More than the 255 bytes that the protocol has room for.
    case tooLong(String)
    /// Not the protocol that was spoken to it.
    case wrongVersion(UInt8, expected: UInt8)
    /// The login's answer has a version of its own (RFC 1929 §2).
    case wrongLoginVersion(UInt8)
    /// It demands another authentication method than those that were offered.
    case noAcceptableLogin(offered: Bool)
    /// It chose an authentication method that was not offered.
    case unofferedLogin(UInt8)
    /// User name or password are wrong.
    case loginRefused
    /// The answer's code is not the one of success.
    case refused(version: UInt8, code: UInt8)
    /// The length of such an address is not known (RFC 1928 §6).
    case unknownAddressType(UInt8)
    /// It ended the connection too early.
    case ended(inAnswer: Bool)

    /// True when another address of the same host may succeed.
    var isAboutAddress: Bool {
        switch self {
        // Only "command not supported" holds for every address.
        case .refused(version: 5, code: let code): code != 7
        // SOCKS 4 has one code for all of that.
        case .refused(_, let code): code == 91
        case .unsendable: true
        case .tooLong, .wrongVersion, .wrongLoginVersion, .noAcceptableLogin, .unofferedLogin, .loginRefused,
            .unknownAddressType, .ended:
            false
        }
    }
}

extension SOCKSFailure: CustomStringConvertible {
    var description: String {
        switch self {
        case .unsendable(let what): "the protocol cannot carry \(what)"
        case .tooLong(let what): "\(what) is longer than the 255 bytes that the protocol has room for"
        case .wrongVersion(let version, let expected):
            "it does not speak SOCKS \(expected): its answer starts with byte \(version)"
        case .wrongLoginVersion(let version):
            "its answer to the login has the unknown version \(version)"
        case .noAcceptableLogin(offered: true): "it accepts neither the login that was offered nor none"
        case .noAcceptableLogin(offered: false): "it wants a login, and none was given"
        case .unofferedLogin(let method): "it chose login method \(method), which was not offered"
        case .loginRefused: "it refused the user name or the password"
        case .refused(version: 4, let code): Self.words4(code)
        case .refused(_, let code): Self.words5(code)
        case .unknownAddressType(let type): "its answer has an address of the unknown type \(type)"
        case .ended(inAnswer: true): "it closed the connection in the middle of its answer"
        case .ended(inAnswer: false): "it closed the connection without an answer"
        }
    }

    private static func words4(_ code: UInt8) -> String {
        switch code {
        case 91: "it rejected the request or could not connect (code 91)"
        case 92: "it could not ask this machine's identd for the user (code 92)"
        case 93: "this machine's identd names another user (code 93)"
        default: "it refused with the unknown code \(code)"
        }
    }

    /// RFC 1928 §6.
    private static func words5(_ code: UInt8) -> String {
        switch code {
        case 1: "it failed in general (code 1)"
        case 2: "its rules do not allow the connection (code 2)"
        case 3: "the network is unreachable from there (code 3)"
        case 4: "the host is unreachable from there (code 4)"
        case 5: "the connection was refused there (code 5)"
        case 6: "the time to live ran out on the way (code 6)"
        case 7: "it does not know the command CONNECT (code 7)"
        case 8: "it does not know this type of address (code 8)"
        default: "it refused with the unknown code \(code)"
        }
    }
}
