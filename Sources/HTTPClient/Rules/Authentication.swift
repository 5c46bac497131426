internal import HTTPCore

/// Values of `Authorization` and `Proxy-Authorization` fields.
public enum Authentication {
    /// The Basic scheme (RFC 7617): `Basic ` and user and password in UTF-8, joined by a colon, in Base64.
    ///
    /// A colon in the user's name would be read as the end of it; that is the caller's to refuse.
    public static func basic(user: String, password: String) -> String {
        "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }
}
