import HTTPCore
import Testing

@testable import FerryCLI

struct OptionTableTests {
    static var options: [Option] { OptionTable.all }

    @Test func `no two options share a letter or a name`() {
        let letters = OptionTable.all.compactMap(\.letter)
        #expect(Set(letters).count == letters.count)
        let names = OptionTable.all.flatMap { [$0.name] + ($0.alias.map { [$0] } ?? []) }
        #expect(Set(names).count == names.count)
    }

    @Test func `every option is found by its names and its letter, and only what was looked for is built`() {
        for option in Self.options {
            #expect(OptionTable.named(option.name)?.documentedName == option.documentedName)
            if let alias = option.alias { #expect(OptionTable.named(alias)?.name == option.name, "\(alias)") }
            if let letter = option.letter {
                #expect(OptionTable.option(letter: letter)?.name == option.name, "\(letter)")
            }
        }
        #expect(OptionTable.named("nothing")?.name == nil && OptionTable.named("")?.name == nil)
        #expect(OptionTable.option(letter: "W")?.name == nil)
        var built: [String] = []
        var search = OptionSearch(name: "two")
        for name in ["one", "two", "three"] {
            search.option(name) {
                built.append(name)
                return Option(.url, .action { (_, _) in }, abstract: "", discussion: "", example: "")
            }
        }
        #expect(built == ["two"])
    }

    @Test func `every category holds options, and plain help shows some of them`() {
        for category in OptionCategory.allCases {
            #expect(Self.options.contains { $0.category == category }, "\(category)")
        }
        #expect(Self.options.contains { $0.isEssential })
    }

    @Test func `names are lower case words`() {
        for option in Self.options {
            #expect(
                option.name.utf8.allSatisfy {
                    ASCII.isDigit($0) || (97...122).contains($0) || $0 == 45 || $0 == 46
                })
            #expect(!option.name.hasPrefix("no-"), "\(option): the positive spelling is the name")
            if option.kind.isOnByDefault { #expect(option.kind.isNegatable) }
        }
    }

    @Test func `every option is documented (X-01)`() {
        for option in Self.options {
            #expect((1...60).contains(option.abstract.count), "\(option): \(option.abstract.count) columns")
            #expect(option.abstract.last != ".", "\(option)")
            #expect(option.discussion.count >= 20, "\(option)")
            #expect(option.discussion.last == ".", "\(option)")
            #expect(!option.discussion.contains("  ") && !option.discussion.contains("\t"), "\(option)")
            #expect(
                option.discussion.utf8.allSatisfy { $0 < 128 }
                    && option.abstract.utf8.allSatisfy { $0 < 128 }, "\(option)")
            #expect((option.kind.valueName != nil) == option.kind.needsValue, "\(option)")
            #expect(option.kind.valueName != "", "\(option)")
        }
    }

    @Test func `every example uses its option and parses`() throws {
        let files = FakeFiles([
            "SHA256SUMS": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef  a.tar.gz\n",
            "fields.txt": "", "form.txt": "", "photo.jpg": "", "company-ca.pem": "", "job.conf": "",
            "list.txt": "", "company-crl.pem": "", "job.json": "{}",
            "logins.netrc": "", "secret.hex": "00ff\n", "key.hex": "00ff\n",
        ])
        for option in Self.options where option.category != .curl {
            let words = Self.words(option.example)
            let long = words.contains {
                $0 == option.documentedName || $0.hasPrefix(option.documentedName + "=")
            }
            let letter = option.letter.map { letter in
                words.contains {
                    $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.unicodeScalars.contains(letter)
                }
            }
            #expect(long || letter ?? false, "\(option)")
            let settings = try parse(words, files: files)
            #expect(settings.warnings == [], "\(option)")
        }
    }

    @Test func `the named options of a text exist`() {
        for option in Self.options {
            for word in option.discussion.split(whereSeparator: { " ,;:()\n".contains($0) }) {
                let name = word.hasSuffix(".") ? word.dropLast() : word
                guard name.hasPrefix("--"), name.count > 2 else { continue }
                let plain = name.dropFirst(name.hasPrefix("--no-") ? 5 : 2)
                #expect(OptionTable.named(String(plain)) != nil, "\(option) speaks of \(name)")
            }
        }
    }

    @Test func `exit statuses have curl's numbers and a meaning (X-02)`() {
        for status in ExitStatus.allCases {
            #expect(!status.meaning.isEmpty && status.meaning.last != ".", "\(status)")
        }
        #expect(ExitStatus.usage.rawValue == 2)
        #expect(ExitStatus.timedOut.rawValue == 28)
        #expect(ExitStatus.pinMismatch.rawValue == 90)
    }

    /// Splits a command at blanks outside of single quotes.
    static func words(_ command: String) -> [String] {
        var words: [String] = []
        for (index, part) in command.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 {
                if command.contains(" '\(part)") || words.isEmpty {
                    words.append(String(part))
                } else {
                    words[words.count - 1] += part
                }
            } else {
                words += part.split(separator: " ").map(String.init)
            }
        }
        return words
    }
}
