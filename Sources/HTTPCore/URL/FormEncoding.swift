/// The `application/x-www-form-urlencoded` spelling of values, as `--data-urlencode` sends them.
public enum FormEncoding {
    /// `bytes` with spaces as `+` and everything but unreserved characters escaped.
    public static func urlencode(_ bytes: some Sequence<UInt8>) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.underestimatedCount)
        for byte in bytes {
            if URLByte.isUnreserved(byte) {
                result.append(byte)
            } else if byte == UInt8(ascii: " ") {
                result.append(UInt8(ascii: "+"))
            } else {
                PercentCoding.appendEscape(of: byte, to: &result)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// `name=content` with only the content encoded: the name is taken to be encoded already.
    /// Without a name (nil or empty) there is no `=` either.
    public static func field(name: String?, content: some Sequence<UInt8>) -> String {
        guard let name, !name.isEmpty else { return urlencode(content) }
        return name + "=" + urlencode(content)
    }
}
