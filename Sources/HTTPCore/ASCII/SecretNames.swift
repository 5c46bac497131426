private import Synchronization

/// Tells by its name what is a secret: a header field, a query parameter, a member of a JSON object.
///
/// Names are compared without case, `-`, `_`, `.` and blanks: `X-Api_Key` is `xapikey`.
public enum SecretNames {
    /// A name with one of these in it is secret.
    public static let parts = [
        "token", "secret", "passw", "passphrase", "apikey", "accesskey", "privatekey", "credential",
        "session",
        "signature", "jwt", "bearer",
    ]

    /// These names are secret as they are.
    public static let names: Set<String> = [
        "authorization", "proxyauthorization", "cookie", "setcookie", "key", "auth", "sig", "code", "pwd",
        "pass",
        "sid", "otp", "pin",
    ]

    /// Names that were added, in their plain form.
    private static let added = Mutex<Set<String>>([])

    /// Makes `name` secret, too, from now on and for the whole process.
    public static func add(_ name: String) {
        let plain = String(decoding: plain(name), as: UTF8.self)
        if !plain.isEmpty { added.withLock { _ = $0.insert(plain) } }
    }

    /// True for the name of a secret.
    public static func contains(_ name: String) -> Bool { isSecret(plain(name)) }

    /// True for a header field that stays with the origin it was given for: every secret, and whatever has `key` in its
    /// name, which most often is one (`Ocp-Apim-Subscription-Key`).
    public static func staysWithOrigin(_ name: String) -> Bool {
        let plain = plain(name)
        return isSecret(plain) || holds(key, plain)
    }

    private static func isSecret(_ plain: [UInt8]) -> Bool {
        if partsInBytes.contains(where: { holds($0, plain) }) { return true }
        let name = String(decoding: plain, as: UTF8.self)
        return names.contains(name) || added.withLock { $0.contains(name) }
    }

    private static let partsInBytes = parts.map { Array($0.utf8) }
    private static let key = Array("key".utf8)
    private static let fillers = Array("-_. \t".utf8)

    /// Whether `part` is in `text`. Strings look for one another by a table that is made for each search, and every field that
    /// is shown or logged comes through here.
    private static func holds(_ part: [UInt8], _ text: [UInt8]) -> Bool {
        guard text.count >= part.count else { return false }
        return (0...text.count - part.count).contains { start in
            part.indices.allSatisfy { text[start + $0] == part[$0] }
        }
    }

    /// In lower case, without what does not count.
    private static func plain(_ name: String) -> [UInt8] {
        name.lowercased().utf8.filter { !fillers.contains($0) }
    }
}
