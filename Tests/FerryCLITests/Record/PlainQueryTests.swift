import Testing

@testable import FerryCLI

@Suite("queries that are known to hold no secret")
struct PlainQueryTests {
    @Test(
        "a query is covered by one with the same names, where its values are plain",
        arguments: [
            ("a=1", "a=2", true), ("a=1", "a=longer-1.2_3~", true), ("a=longer", "a=", true),
            ("", "", true), ("a", "a", true), ("a&b=1", "a&b=2", true), ("a=1&b=2", "a=3&b=4", true),
            ("a=1%26", "a=2", true), ("a=x=y", "a=z", true),
            ("a=1", "b=1", false), ("a=1", "a=1&b=2", false), ("a=1&b=2", "a=1", false), ("a=1", "a", false),
            ("a", "a=1", false), ("a=1", "a=1&", false), ("a=1&", "a=1", false), ("a=1", "ab=1", false),
            ("ab=1", "a=1", false), ("a=1", "a=1;token=2", false), ("a=1", "a=1%26token%3D2", false),
            ("a=1", "a=x=token", false), ("a=1", "a=http://u:p@h", false), ("a=1", "", false),
            ("", "token=1", false), ("7", "8", true), ("7&a=1", "12&a=2", true), ("7", "a%3D1", false),
            ("a[]=1", "a[]=2", false),
            ("a", "token=1", false), ("a=1", "token", false), ("a=1&", "a=2&", true), ("&", "&", true),
            ("a=1", "a=\u{e9}", false),
        ])
    func covers(known: String, query: String, isCovered: Bool) {
        #expect(PlainQuery(known).covers(query) == isCovered)
    }

    @Test func `a query with the name of a secret is none, though its value is empty (O-06)`() {
        for query in ["token=", "a=1&token=&b=2", "a=1;key=", "page%5Ftoken=", "a=/?token="] {
            #expect(PlainQuery.hasSecretName(query), "\(query)")
        }
        for query in ["", "a", "a=", "token", "a=token", "a=1&b=token"] {
            #expect(!PlainQuery.hasSecretName(query), "\(query)")
        }
    }
}
