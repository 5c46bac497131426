import Testing

@testable import FerryCLI

@Suite struct PatternTests {
    @Test(arguments: [
        ("abc", "xabcx", true), ("abc", "ab", false), ("", "", true), ("^a", "ba", false),
        ("^b", "a\nb", false),
        ("(?m)^b$", "a\nb\nc", true), ("a$", "a\n", true), ("a$", "a\nb", false), ("^$", "", true),
        ("a.c", "abc", true),
        ("a.c", "a\nc", false), ("(?s)a.c", "a\nc", true), ("a*b", "b", true), ("^a+b$", "aaab", true),
        ("^a?b$", "aab", false), ("^a{2}$", "aa", true), ("^a{2}$", "aaa", false), ("^a{2,}$", "aaaa", true),
        ("^a{,2}$", "aaa", false), ("^a{1,3}?$", "aaa", true), ("^(ab|c)+$", "abcab", true),
        ("^(?:ab|c)$", "c", true),
        ("^v\\d+\\.\\d+$", "v1.25", true), ("^\\w+$", "a_1", true), ("^\\W$", "a", false),
        ("\\s", "a b", true),
        ("\\S", " ", false), ("\\bup\\b", "is up.", true), ("\\bup\\b", "upper", false), ("\\Bp", "up", true),
        ("[a-c]+z", "xbz", true), ("[^a-c]", "abc", false), ("[]a]", "]", true), ("[a-]", "-", true),
        ("[\\d.]+x", "1.2x", true), ("^[^\"]*$", "a\"", false), ("(?i)straße", "STRAßE", true),
        ("(?i)[a-f]", "D", true),
        ("^.$", "😀", true), ("\\x41\\t", "A\t", true), ("a|b|c", "c", true), ("a||b", "", true),
        ("(a*)*b", String(repeating: "a", count: 5000), false),
        ("(a|aa)+$", String(repeating: "a", count: 3000) + "!", false),
    ])
    func `an expression is found where Perl finds it`(pattern: String, text: String, isFound: Bool) throws {
        #expect(try Pattern(pattern).isFound(in: text.utf8) == isFound)
    }

    @Test(arguments: [
        ("(", 0, "a parenthesis is not closed"), ("a)", 1, "a parenthesis is closed that was not opened"),
        ("ä[a", 2, "the bracket is not closed"), ("*a", 0, "there is nothing before it to repeat"),
        ("a**", 2, "one repetition follows another"),
        ("a{", 1, "a brace that repeats nothing is written \\{"),
        ("a{3,2}", 1, "the bounds are the wrong way round"),
        ("a{1001}", 1, "it repeats more than 1000 times"),
        ("[z-a]", 1, "the range is the wrong way round"), ("\\q", 0, "the escape \\q is not known"),
        ("(a)\\1", 3, "the escape \\1 is not known"), ("a\\", 1, "a backslash ends it"),
        ("x(?=a)", 1, "only (?: is known of what begins with (?"),
        ("(?x)a", 2, "only i, m and s belong behind (?"),
        ("\\x4", 0, "two hexadecimal digits belong behind \\x"),
        ("((a{1000}){1000}){1000}", 0, "it is too large"),
        ("((()*{,1000}){1000}){1000}", 5, "one repetition follows another"),
        ("(((){1000}){1000}){1000}", 0, "it is too large"),
    ])
    func `one that cannot be read says where and why`(pattern: String, position: Int, problem: String) {
        let error = #expect(throws: Pattern.ParseError.self) { try Pattern(pattern) }
        #expect(error == Pattern.ParseError(problem: problem, position: position))
    }

    @Test func `deep nesting is refused, not recursed into`() {
        #expect(throws: Pattern.ParseError.self) { try Pattern(String(repeating: "(", count: 100_000)) }
    }

    @Test func `bytes that are no text are characters that nobody writes`() throws {
        #expect(try Pattern("^a.b$").isFound(in: [0x61, 0xFF, 0x62]))
        #expect(try !Pattern("a\u{FF}b").isFound(in: [0x61, 0xFF, 0x62]))
    }
}
