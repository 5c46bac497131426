import Testing

@testable import FerryCLI

struct OptionTableTests {
    static let rows = OptionID.allCases.map { ($0, $0.row) }

    @Test func `no two options share a letter or a name`() {
        let letters = OptionID.allCases.compactMap(\.letter)
        #expect(Set(letters).count == letters.count)
        let names = OptionID.allCases.flatMap { [$0.rawValue] + $0.otherNames }
        #expect(Set(names).count == names.count)
        for name in names { #expect(OptionID.named(name) != nil, "\(name)") }
    }

    @Test func `names are lower case words`() {
        for (id, row) in Self.rows {
            #expect(
                id.rawValue.utf8.allSatisfy { $0.isDigit || (97...122).contains($0) || $0 == 45 || $0 == 46 })
            #expect(!id.rawValue.hasPrefix("no-"), "\(id): the positive spelling is the name")
            if row.kind.isDocumentedNegated { #expect(row.kind.isNegatable) }
        }
    }

    @Test func `every option is documented`() {
        for (id, row) in Self.rows {
            #expect((1...60).contains(row.help.count), "\(id): \(row.help.count) columns")
            #expect(row.help.last != ".", "\(id)")
            #expect(row.text.count >= 20, "\(id)")
            #expect(row.text.last == ".", "\(id)")
            #expect(!row.text.contains("  ") && !row.text.contains("\t"), "\(id)")
            #expect(row.text.utf8.allSatisfy { $0 < 128 } && row.help.utf8.allSatisfy { $0 < 128 }, "\(id)")
            if let placeholder = row.kind.placeholder { #expect(!placeholder.isEmpty, "\(id)") }
        }
    }

    @Test func `every example uses its option and parses`() throws {
        let files = FakeFiles([
            "fields.txt": "", "form.txt": "", "photo.jpg": "", "company-ca.pem": "", "job.conf": "",
            "list.txt": "", "company-crl.pem": "",
            "logins.netrc": "", "secret.hex": "00ff\n", "key.hex": "00ff\n",
        ])
        for (id, row) in Self.rows where row.category != .curl {
            let words = Self.words(row.example)
            let long = words.contains { $0 == id.documentedName || $0.hasPrefix(id.documentedName + "=") }
            let letter = id.letter.map { letter in
                words.contains { $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.contains(letter) }
            }
            #expect(long || letter ?? false, "\(id)")
            let settings = try parse(words, files: files)
            #expect(settings.warnings == [], "\(id)")
        }
    }

    @Test func `the named options of a text exist`() {
        for (id, row) in Self.rows {
            for word in row.text.split(whereSeparator: { " ,;:()\n".contains($0) }) {
                let name = word.hasSuffix(".") ? word.dropLast() : word
                guard name.hasPrefix("--"), name.count > 2 else { continue }
                let plain = name.dropFirst(name.hasPrefix("--no-") ? 5 : 2)
                #expect(OptionID.named(String(plain)) != nil, "\(id) speaks of \(name)")
            }
        }
    }

    @Test func `exit statuses have curl's numbers and a meaning`() {
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
