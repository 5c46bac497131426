import HTTPCore
import Testing

@testable import FerryCLI

struct FormGroupTests {
    private let disk = FakeFiles(
        ["h": "# no\nA: 1\r\nB: two\n  folded\n\n#c\nC: 3\n", "bad": "A: 1\nnone\nB: 2\0\n"], input: "in\n")

    private func entries(_ values: String...) throws -> [FormEntry] {
        try operation(values.flatMap { ["-F", $0] }, files: disk).form
    }

    private func text(_ name: String?, _ text: String) -> FormPart {
        FormPart(name: name, content: .bytes(Array(text.utf8)))
    }

    @Test(arguments: [
        ("a=b", "a", "b"), ("a=", "a", ""), ("=b", nil, "b"), ("a=b=c", "a", "b=c"),
        ("a=  b c  ", "a", "b c"), ("a=\"b;c\"", "a", "b;c"), ("a=\"b\\\"c\\\\d\\e\"", "a", "b\"c\\d\\e"),
        ("a=\"open", "a", "\"open"), ("a=b,c", "a", "b,c"), ("\"a=b", "\"a", "b"), ("a=\"\"", "a", ""),
        ("\u{fc}=\u{e9}", "\u{fc}", "\u{e9}"),
    ])
    func `a field`(_ value: String, _ name: String?, _ content: String) throws {
        #expect(try entries(value) == [.part(text(name, content))])
    }

    @Test func `modifiers`() throws {
        var part = text("a", "b")
        part.type = "text/x; charset=utf-8"
        part.fileName = "n;1"
        part.encoding = .base64
        part.headers = ["X: y;z", "A: 1", "B: two  folded", "C: 3"]
        let value =
            "a=b;type=text/x; charset=utf-8;filename=\"n;1\";ENCODER=Base64;headers=\"X: y;z\";headers=@h"
        #expect(try entries(value) == [.part(part)])
    }

    @Test func `files`() throws {
        var upload = FormPart(name: "a", content: .file(path: "d/x.png"))
        upload.fileName = "x.png"
        #expect(try entries("a=@d/x.png") == [.part(upload)])
        #expect(upload.effectiveType == "image/png")
        let field = FormPart(name: "a", content: .file(path: "x.txt"))
        #expect(try entries("a=<x.txt") == [.part(field)])
        #expect(field.effectiveType == nil)
        #expect(FormPart(content: .file(path: "x.xml")).effectiveType == "application/xml")
        #expect(
            FormPart(content: .file(path: "x"), fileName: "y").effectiveType == "application/octet-stream")
    }

    @Test func `several files are a group`() throws {
        var one = FormPart(content: .file(path: "1"))
        one.fileName = "1"
        one.type = "a/b"
        var two = FormPart(content: .file(path: "2,3"))
        two.fileName = "zwei"
        #expect(
            try entries("a=@1;type=a/b, \"2,3\";filename=zwei") == [
                .begin(FormPart(name: "a")), .part(one), .part(two), .end,
            ])
    }

    @Test func `groups nest`() throws {
        var group = FormPart(name: "m")
        group.type = "multipart/alternative"
        #expect(
            try entries("m=(;type=multipart/alternative", "=x", "=(", "=)", "=)", "a=)") == [
                .begin(group), .part(text(nil, "x")), .begin(FormPart()), .end, .end, .part(text("a", ")")),
            ])
    }

    @Test func `standard input is loaded once`() throws {
        var part = text("a", "in\n")
        part.fileName = "-"
        #expect(try entries("a=@-") == [.part(part)])
        #expect(part.effectiveType == nil)
        #expect(try entries("a=<-") == [.part(text("a", "in\n"))])
        #expect(
            refusal(["-F", "a=@-", "-F", "b=<-"], files: disk)?.problem
                == "standard input is read by -F already")
    }

    @Test func `form-string takes everything as it is`() throws {
        let form = try operation(["--form-string", "a=@b;type=x", "--form-string", "c=\"d\""]).form
        #expect(form == [.part(text("a", "@b;type=x")), .part(text("c", "\"d\""))])
    }

    @Test(arguments: [
        ("abc", "option -F: 'abc' is not of the form name=content", 2),
        ("a=b;type=x", "option -F: 'a=b;type=x' has a type that is no media type (such as text/plain)", 2),
        ("a=b;type=/x", "option -F: 'a=b;type=/x' has a type that is no media type (such as text/plain)", 2),
        ("=)", "option -F: =) ends no group of parts: none is open", 2),
        (
            "a=b;encoder=x",
            "option -F: 'x' is not an encoder (binary, 8bit, 7bit, base64 or quoted-printable)", 43
        ),
        (
            "a=b;type=t/x\r\nEvil: 1",
            "option -F: 'a=b;type=t/x\\x0D\\x0AEvil: 1' has a type with a line break in it", 2
        ),
        (
            "a=b;headers=\"X: 1\r\nEvil: 1\"",
            "option -F: 'X: 1\\x0D\\x0AEvil: 1' holds a line break or NUL, which no header field may", 2
        ),
        (
            "a=b;headers=@bad", "option -F: 'B: 2\\x00' holds a line break or NUL, which no header field may",
            2
        ),
        ("", "option -F: needs a value that is not empty", 2),
    ])
    func `what is refused`(_ value: String, _ text: String, _ status: Int32) {
        let error = refusal(["-F", value], files: disk)
        #expect(error?.description == text)
        #expect(error?.status.rawValue == status)
    }

    @Test(arguments: [
        ("a=b;foo=bar", "option -F: 'foo=bar' is no part of a form field and skipped"),
        ("a=\"b\"c", "option -F: what follows the quoted part of a form field is skipped"),
        ("a=<x;filename=y", "option -F: filename 'y' has no meaning here"),
        ("a=(;encoder=8bit", "option -F: encoder '8bit' has no meaning here"),
        ("a=b;headers=@nope", "option -F: cannot read 'nope': No such file or directory"),
        ("a=b;headers=junk", "option -F: 'junk' is not sent; a header of a part is 'Name: value'"),
    ])
    func `what is taken with a warning`(_ value: String, _ warning: String) throws {
        #expect(try parse(["-F", value], files: disk).warnings == [warning])
    }
}
