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
        let plain = plain(name)
        if !plain.isEmpty { added.withLock { _ = $0.insert(plain) } }
    }

    /// True for the name of a secret.
    public static func contains(_ name: String) -> Bool {
        let plain = plain(name)
        return names.contains(plain) || parts.contains { plain.contains($0) }
            || added.withLock { $0.contains(plain) }
    }

    /// True for a header field that stays with the origin it was given for: every secret, and whatever has `key` in its
    /// name, which most often is one (`Ocp-Apim-Subscription-Key`).
    public static func staysWithOrigin(_ name: String) -> Bool {
        contains(name) || plain(name).contains("key")
    }

    private static func plain(_ name: String) -> String {
        var plain = ""
        for character in name.lowercased() where !"-_. \t".contains(character) {
            plain.append(character)
        }
        return plain
    }
}
