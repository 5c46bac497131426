public import HTTPCore

/// Values of `Authorization` and `Proxy-Authorization` fields.
public enum Authentication {
    /// The Basic scheme (RFC 7617): `Basic ` and the bytes of user and password, joined by a colon, in Base64.
    ///
    /// A colon in the user's name would be read as the end of it; that is the caller's to refuse.
    public static func basic(user: ByteString, password: ByteString) -> String {
        "Basic " + Base64.encode(user.bytes + [UInt8(ascii: ":")] + password.bytes)
    }
}
