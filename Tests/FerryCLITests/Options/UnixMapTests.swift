import Testing

@testable import FerryCLI

@Suite struct UnixMapTests {
    private func map(_ entries: String...) throws -> UnixMap {
        try operation(entries.flatMap { ["--unix-map", $0] }).unixMap
    }

    @Test func `a host is reached by its socket, others as ever (U-01)`() throws {
        let map = try map("Docker=/run/docker.sock", "a.test=@name", "[::1]=/six", "p=/a=b")
        #expect(map.path(for: "docker") == "/run/docker.sock")
        #expect(map.path(for: "a.test") == "@name" && map.path(for: "::1") == "/six")
        #expect(map.path(for: "p") == "/a=b")
        #expect(map.path(for: "b.a.test") == nil && map.path(for: "dockerx") == nil)
    }

    @Test func `hosts are those of URLs, however they are spelled (U-01)`() throws {
        let map = try map("Bücher=/a", "*.bücher.test=/b", "[0:0::1]=/c", "127.1=/d")
        #expect(map.path(for: "xn--bcher-kva") == "/a" && map.path(for: "x.xn--bcher-kva.test") == "/b")
        #expect(map.path(for: "::1") == "/c" && map.path(for: "127.0.0.1") == "/d")
    }

    @Test func `a star stands for one or more labels (U-01)`() throws {
        let map = try map("*.x=/star", "*.b.x=/longer", "c.b.x=/whole")
        #expect(map.path(for: "x") == nil && map.path(for: "yx") == nil)
        #expect(map.path(for: "a.x") == "/star" && map.path(for: "d.a.x") == "/star")
        #expect(map.path(for: "b.x") == "/star" && map.path(for: "a.b.x") == "/longer")
        #expect(map.path(for: "c.b.x") == "/whole")
    }

    @Test func `of two that are alike the later one counts`() throws {
        #expect(try map("a=/1", "a=/2").path(for: "a") == "/2")
        #expect(try map("*.a=/1", "*.a=/2").path(for: "b.a") == "/2")
        #expect(try map("a.b=/1", "*.b=/2").path(for: "a.b") == "/1")
    }

    @Test(arguments: [
        ("x", "'x' is not of the form host=path"), ("=y", "'=y' names no host before its equals sign"),
        ("*.=y", "'*.=y' names no host before its equals sign"),
        ("a=", "'a=' names no socket behind its equals sign (a path, or @name)"),
        ("a=@", "'a=@' names no socket behind its equals sign (a path, or @name)"),
        ("a.*=b", "'a.*=b' has a star at character 3: only *. at the beginning stands for something"),
        ("*.*=b", "'*.*=b' has a star at character 3: only *. at the beginning stands for something"),
        ("a:80=b", "'a:80=b' begins with what is no name of a host"),
        ("[::1]:80=b", "'[::1]:80=b' begins with what is no name of a host"),
        ("a/b=c", "'a/b=c' begins with what is no name of a host"),
        ("u@a=c", "'u@a=c' begins with what is no name of a host"),
        ("a=" + String(repeating: "x", count: 108), "names a socket whose path is longer than 107 bytes"),
    ])
    func `a bad map is a usage error that says why (U-01)`(text: String, problem: String) throws {
        let error = try #require(throws: UsageError.self) { try map(text) }
        #expect("\(error)".hasSuffix(problem) && error.status == .usage, "\(error)")
    }
}
