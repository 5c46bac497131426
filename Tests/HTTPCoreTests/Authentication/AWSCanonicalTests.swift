import Testing

@testable import HTTPCore

@Suite struct AWSCanonicalTests {
    @Test(
        arguments: [
            ("", ""), ("a", "a="), ("b=2&a=1", "a=1&b=2"), ("a=2&a=1", "a=1&a=2"),
            ("a=x+y&b=%7e%2f", "a=x%20y&b=~%2F"),
            ("a==b", "a=%3Db"), ("&&x&", "x="), ("A=1&a=1", "A=1&a=1"), ("a=%zz", "a=%25zz"),
            ("a%3D=1", "a%3D=1"),
            ("a-b=1&a=2", "a=2&a-b=1"),
        ] as [(String, String)])
    func `queries`(_ query: String, _ canonical: String) {
        #expect(AWSSignature.canonicalQuery(query) == canonical)
    }

    @Test func `paths are escaped twice but for storage`() throws {
        func path(_ service: String, _ path: String) throws -> String {
            let scheme = try #require(AWSSignature.Scheme("aws:amz:r:\(service)"))
            return try #require(AWSSignature(scheme, host: "h")).canonicalPath(path)
        }
        #expect(try path("svc", "/a%20b/~c//d$") == "/a%2520b/~c//d%24")
        #expect(try path("s3", "/a%20b/~c//d$") == "/a%20b/~c//d$")
        #expect(try path("svc", "/") == "/")
    }

    @Test func `fields`() {
        let fields = [("B", " x   y "), ("a", "1"), ("b", "z"), ("C-d", "")].map {
            HeaderField(name: $0.0, value: $0.1)
        }
        let canonical = AWSSignature.canonical(fields).map { "\($0.name):\($0.value)" }
        #expect(canonical == ["a:1", "b:x y,z", "c-d:"])
    }
}
