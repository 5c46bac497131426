import Connector
import Glibc
import Testing

@testable import FerryCLI

@Suite struct FileClaimsTests {
    private func transfer(_ number: Int, _ url: String = "http://h/") -> TransferPlan {
        TransferPlan(
            operation: 0, number: number, urlNumber: number, outputNumber: number, url: url,
            destination: .remoteName, upload: nil)
    }

    @Test @LoopActor func `a file belongs to the transfer that named it first (T-10)`() {
        let claims = FileClaims()
        #expect(claims.claim("a/b", for: transfer(0), isRepeated: false))
        #expect(claims.claim("a/b", for: transfer(0), isRepeated: false))
        for path in ["a/b", "./a/b", "a//b", "a/./b"] {
            #expect(!claims.claim(path, for: transfer(1), isRepeated: false), "\(path)")
        }
        for path in ["/a/b", "b", "a", "a/../b"] {
            #expect(claims.claim(path, for: transfer(1), isRepeated: false), "\(path)")
        }
        for number in 0..<2 {
            #expect(claims.claim("/dev/stdout", for: transfer(number), isRepeated: false))
            #expect(claims.claim("/dev/./null", for: transfer(number), isRepeated: false))
        }
        // The next round of the same transfer.
        #expect(claims.claim("r", for: transfer(2, "http://h/r"), isRepeated: true))
        #expect(!claims.claim("r", for: transfer(3, "http://h/s"), isRepeated: true))
        #expect(claims.claim("r", for: transfer(4, "http://h/r"), isRepeated: true))
    }

    @Test @LoopActor func `names that only look the same are of two files (T-10)`() throws {
        let claims = FileClaims()
        claims.reserve([("x/e\u{301}", "--har")])
        for (number, path) in ["\u{E9}", "e\u{301}", "x/\u{E9}"].enumerated() {
            try claims.checkReserved(path)
            #expect(claims.claim(path, for: transfer(number), isRepeated: false), "\(path)")
        }
        #expect(throws: TransferFailure.self) { try claims.checkReserved("x/e\u{301}") }
        #expect(!claims.claim("e\u{301}", for: transfer(9), isRepeated: false))
    }

    @Test @LoopActor func `a file is the same however it is spelled (T-10)`() throws {
        let folder = ScratchFolder()
        mkdir(folder["d"], 0o755)
        symlink("d", folder["linked"])
        symlink("o", folder["d/link"])
        symlink("./link", folder["d/chain"])
        symlink("circle", folder["circle"])
        let claims = FileClaims()
        #expect(claims.claim(folder["d/o"], for: transfer(0), isRepeated: false))
        for name in ["d/../d/o", "linked/o", "d/link", "linked/chain", "linked/../d/./o"] {
            #expect(!claims.claim(folder[name], for: transfer(1), isRepeated: false), "\(name)")
        }
        for name in ["o", "d/p", "new/o", "circle"] {
            #expect(claims.claim(folder[name], for: transfer(1), isRepeated: false), "\(name)")
        }
        mkdir(folder["new"], 0o755)
        #expect(!claims.claim(folder["d/../new/o"], for: transfer(2), isRepeated: false))
        claims.reserve([(folder["d/r"], "--har")])
        #expect(throws: TransferFailure.self) { try claims.checkReserved(folder["linked/r"]) }
        try claims.checkReserved(folder["r"])
    }

    @Test @LoopActor func `each of many files belongs to its transfer`() {
        let claims = FileClaims()
        for number in 0..<1000 {
            #expect(claims.claim("f\(number)", for: transfer(number), isRepeated: false))
        }
        for number in 0..<1000 {
            #expect(claims.claim("./f\(number)", for: transfer(number), isRepeated: false))
            #expect(!claims.claim("f\(number)", for: transfer(number + 1), isRepeated: false))
        }
    }

    @Test(arguments: [
        ("a", "a"), ("a/b", "a/b"), ("/a/b", "/a/b"), ("./a", "a"), ("a//b", "a/b"), ("//a", "/a"),
        ("a/./b", "a/b"),
        ("/./a", "/a"), ("a/", "a"), ("a/.", "a"), ("a/.b/c.", "a/.b/c."), ("a/../b", "a/../b"),
        ("../..", "../.."),
        (".", "."), ("/", "/"), ("/.", "/"), ("/dev/null", "/dev/null"), ("é/./ü", "é/ü"), ("", ""),
    ])
    func `names that mean the same are the same`(path: String, normalized: String) {
        #expect(FileClaims.normalized(path) == normalized)
    }
}
