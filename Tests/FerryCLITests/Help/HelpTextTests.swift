import Testing

@testable import FerryCLI

struct HelpTextTests {
    @Test func `lines are broken at blanks and never too long`() {
        #expect(TextWrap.wrap("aa bb cc", width: 5) == "aa bb\ncc\n")
        #expect(TextWrap.wrap("aa bb cc", width: 6, first: "> ", indent: "  ") == "> aa\n  bb\n  cc\n")
        #expect(TextWrap.wrap("aaaaaaaaaa b", width: 5) == "aaaaaaaaaa\nb\n")
        #expect(TextWrap.wrap("", width: 5) == "\n")
        #expect(TextWrap.paragraphs("a\nb\n\n\nc\n") == ["a b", "c"])
    }

    @Test func `the width comes from COLUMNS within reason`() {
        #expect(HelpText.columns { _ in nil } == 80)
        #expect(HelpText.columns { ["COLUMNS": "100"][$0] } == 100)
        #expect(HelpText.columns { ["COLUMNS": "1"][$0] } == 50)
        #expect(HelpText.columns { ["COLUMNS": "9999"][$0] } == 200)
        #expect(HelpText.columns { ["COLUMNS": "wide"][$0] } == 80)
    }

    @Test(arguments: [50, 80, 120])
    func `no line is wider than the terminal`(columns: Int) throws {
        let topics = [nil, "all"] + OptionCategory.allCases.filter { $0 != .hidden }.map { $0.rawValue }
        for topic in topics {
            for line in try HelpText.text(topic: topic, columns: columns).split(separator: "\n") {
                #expect(line.count <= columns, "\(line)")
                #expect(line.last != " ")
            }
        }
    }

    @Test func `the essentials fit a screen`() throws {
        let text = try HelpText.text(topic: nil)
        #expect(text.hasPrefix("Usage: ferry [options...] <url>...\n"))
        #expect(text.contains("  -o, --output <file>            write the body to this file\n"))
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 40)
        #expect(!text.contains("--generate"))
    }

    @Test func `every option is in its category and in all`() throws {
        let all = try HelpText.text(topic: "all")
        for option in OptionTable.all where option.category != .hidden {
            let category = try HelpText.text(topic: option.category.rawValue)
            #expect(category.contains(" \(option.documentedName)"), "\(option)")
            #expect(all.contains(" \(option.documentedName)"), "\(option)")
        }
        #expect(!all.contains("--generate"))
    }

    @Test func `the categories are listed`() throws {
        let text = try HelpText.text(topic: "category")
        #expect(text.contains("  tls         certificates and trust\n"))
        #expect(!text.contains("hidden"))
    }

    @Test func `one option is told whole`() throws {
        #expect(
            try HelpText.text(topic: "-N") == """
                -N, --no-buffer
                    write every piece of the body at once

                    Each piece of a body is written as it comes, and an output file in place,
                    for streams that somebody watches. Standard output needs none of it: it is
                    handed over whenever nothing more is at hand.

                    --buffer takes it back.

                    Example:
                      ferry -N https://example.com/events

                """)
        #expect(try HelpText.text(topic: "--no-buffer") == HelpText.text(topic: "-N"))
        #expect(try HelpText.text(topic: "--buffer") == HelpText.text(topic: "-N"))
        #expect(try HelpText.text(topic: "--include") == HelpText.text(topic: "-i"))
        #expect(try HelpText.text(topic: "--limit").contains("for the whole run"))
        for option in OptionTable.all {
            let text = try HelpText.text(topic: option.documentedName)
            #expect(text.contains("Example:") == (option.category != .curl))
        }
    }

    @Test(arguments: [
        ("nope", "option --help: 'nope' is neither a category nor an option (see 'ferry --help category')"),
        (
            "hidden",
            "option --help: 'hidden' is neither a category nor an option (see 'ferry --help category')"
        ),
        ("--nope", "option --help: '--nope' is no option of ferry"),
        ("-", "option --help: '-' is no option of ferry"),
        ("-xy", "option --help: '-xy' is no option of ferry"),
        ("-W", "option --help: '-W' is no option of ferry"),
        ("--", "option --help: '--' is no option of ferry"),
    ])
    func `an unknown topic is refused`(topic: String, text: String) {
        do {
            _ = try HelpText.text(topic: topic)
            Issue.record("accepted")
        } catch {
            #expect(error.description == text)
            #expect(error.status == .usage)
        }
    }
}
