import HTTPCore

/// Where secrets stand in the arguments of a command, and what they are called. Pure.
enum SecretPlaces {
    /// All of it.
    static func whole(_ bytes: [UInt8], _ name: String) -> [SecretPlace] {
        [SecretPlace(range: 0..<bytes.count, name: name)]
    }

    /// The value of a field. The scheme of a login is none, nor are the names of cookies.
    static func inField(_ name: String, _ value: [UInt8]) -> [SecretPlace] {
        let field = HeaderField(name: HeaderArgument.trimmed(name), value: "")
        if field.isNamed("Cookie") { return inCookies(value) }
        guard SecretNames.contains(name) else {
            let isURL = field.isNamed("Referer") || field.isNamed("Location")
            return inURL(value, isURL: isURL)
        }
        var start = 0
        if field.isNamed("Authorization") || field.isNamed("Proxy-Authorization") {
            // The scheme, if something is behind it.
            let scheme = value.prefix(while: ASCII.isTokenByte).count
            let rest = value[scheme...]
            if rest.first == 0x20, rest.contains(where: { !ASCII.isBlank($0) }) { start = scheme + 1 }
        }
        return [SecretPlace(range: start..<value.count, name: name)]
    }

    /// The values of cookies.
    static func inCookies(_ bytes: [UInt8]) -> [SecretPlace] {
        bytes.split(separator: UInt8(ascii: ";")).compactMap { pair in
            guard let equals = pair.firstIndex(of: UInt8(ascii: "=")) else {
                let value = pair.drop { $0 == 0x20 }
                return value.isEmpty
                    ? nil : SecretPlace(range: value.startIndex..<value.endIndex, name: "COOKIE")
            }
            let name = pair[..<equals].drop { $0 == 0x20 }
            return SecretPlace(range: equals + 1..<pair.endIndex, name: String(decoding: name, as: UTF8.self))
        }
    }

    /// `user:password`: the password, or the user where there is none, which is a key then.
    static func inLogin(_ bytes: [UInt8], from start: Int = 0, _ prefix: String = "") -> [SecretPlace] {
        guard let colon = bytes[start...].firstIndex(of: UInt8(ascii: ":")) else { return [] }
        guard colon + 1 < bytes.count else {
            return [SecretPlace(range: start..<colon, name: prefix + "LOGIN")]
        }
        return [SecretPlace(range: colon + 1..<bytes.count, name: prefix + "PASSWORD")]
    }

    /// The login of a URL, and the secrets of its query; the same of all URLs where they stand among words.
    static func inURL(_ bytes: [UInt8], isURL: Bool = true) -> [SecretPlace] {
        let values = SecretPairs.values(in: bytes[...], isURL: isURL).map { range in
            let name = bytes[..<(range.lowerBound - 1)].reversed().prefix {
                $0 != UInt8(ascii: "&") && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#")
                    && $0 != UInt8(ascii: ";")
            }
            return SecretPlace(range: range, name: String(decoding: name.reversed(), as: UTF8.self))
        }
        let logins = SecretRedactor.logins(in: bytes[...], isURL: isURL).map { login in
            guard let colon = bytes[login].firstIndex(of: UInt8(ascii: ":")) else {
                return SecretPlace(range: login, name: "LOGIN")
            }
            return colon + 1 < login.upperBound
                ? SecretPlace(range: colon + 1..<login.upperBound, name: "PASSWORD")
                : SecretPlace(range: login.lowerBound..<colon, name: "LOGIN")
        }
        return (values + logins).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// The members of a body that are secret by their names.
    static func inBody(_ bytes: [UInt8], type: String?) -> [SecretPlace] {
        var hidden = bytes
        var members = SecretMembers(SecretMembers.Kind(contentType: type))
        members.hide(&hidden)
        var places: [SecretPlace] = []
        var index = 0
        while let start = bytes[index...].indices.first(where: { bytes[$0] != hidden[$0] }) {
            // An asterisk that was one before does not end it.
            index = hidden[start...].firstIndex { $0 != UInt8(ascii: "*") } ?? bytes.count
            let first = bytes[..<start].lastIndex { $0 != UInt8(ascii: "*") }.map { $0 + 1 } ?? 0
            places.append(
                SecretPlace(range: first..<index, name: member(before: first, in: bytes, members.kind)))
        }
        return places
    }

    /// The name of the member whose value begins at `start`.
    private static func member(before start: Int, in bytes: [UInt8], _ kind: SecretMembers.Kind) -> String {
        var rest = bytes[..<start]
        func cut(_ bytes: StaticString) {
            rest = rest.dropLast(
                rest.reversed().prefix { $0 <= 0x20 || bytes.description.utf8.contains($0) }.count)
        }
        let name: [UInt8]
        switch kind {
        case .json:
            cut("\":[{")
            name = rest.reversed().prefix { $0 != UInt8(ascii: "\"") }.reversed()
        case .form:
            cut("=")
            name = rest.reversed().prefix { $0 != UInt8(ascii: "&") }.reversed()
        case .multipart, .other: return "SECRET"
        }
        return String(decoding: name, as: UTF8.self)
    }
}
