import Testing

@testable import FerryCLI

@Suite struct ContentDispositionTests {
    static let fields: [(String, String?)] = [
        ("attachment", nil),
        ("", nil),
        ("attachment; filename=a.txt", "a.txt"),
        ("attachment;filename=a.txt;size=1", "a.txt"),
        ("inline; FileName = a b.txt ; x", "a b.txt"),
        ("attachment; filename=\"a;b.txt\"; x=y", "a;b.txt"),
        ("attachment; filename='a b'", "a b"),
        ("attachment; filename=\"a\\\"b\"", "a\"b"),
        ("attachment; filename=\"C:\\dir\\f\"", "C:\\dir\\f"),
        ("attachment; filename=\"open", "open"),
        ("attachment; filename=", ""),
        ("attachment; x=filename=no; filename=yes", "yes"),
        ("attachment; filename=one; filename=two", "one"),
        ("attachment; filename*=UTF-8''na%C3%AFve.txt", "naïve.txt"),
        ("attachment; filename=plain; filename*=utf-8'en'%e2%82%ac", "€"),
        ("attachment; filename*=ISO-8859-1''%e4", "ä"),
        ("attachment; filename*=UTF-8''%ff; filename=plain", "plain"),
        ("attachment; filename*=KOI8-R''x; filename=plain", "plain"),
        ("attachment; filename*=UTF-8''%+f; filename=plain", "plain"),
        ("attachment; filename*=UTF-8''%4; filename=plain", "plain"),
        ("attachment; filename*=broken; filename=plain", "plain"),
        ("attachment; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd", "../../etc/passwd"),
        (";;;filename=x", "x"),
        ("attachment; filename", nil),
    ]

    @Test(arguments: fields)
    func `the file name is found`(value: String, name: String?) {
        #expect(ContentDisposition.fileName(in: value) == name)
    }
}
