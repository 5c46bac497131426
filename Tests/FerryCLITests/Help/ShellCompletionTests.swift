import Testing

@testable import FerryCLI

struct ShellCompletionTests {
    private static var shown: [Option] {
        OptionTable.all.filter { $0.category != .hidden && $0.category != .curl }
    }

    @Test(arguments: GeneratedText.allCases)
    func `every text ends with a line feed and knows nothing hidden`(text: GeneratedText) {
        #expect(text.content.last == "\n")
        #expect(!text.content.contains("-l generate"))
        #expect(!text.content.contains("'--generate"))
        guard text != .man else { return }
        #expect(!text.content.contains("ftp-pasv") && !text.content.contains("tlsuser"))
    }

    @Test func `bash offers every name`() {
        let script = ShellCompletion.bash
        for option in Self.shown {
            #expect(
                script.contains(" \(option.documentedName)") || script.contains("'\(option.documentedName)"),
                "\(option)")
        }
        #expect(script.contains("-o | --output"))
    }

    @Test func `what is offered for a value is what it takes (T-06)`() throws {
        var count = 0
        for option in Self.shown {
            guard case .words(let words) = ShellCompletion.offer(option), option.name != "help" else {
                continue
            }
            for word in words where !word.hasSuffix("=") && !word.hasSuffix(":") {
                count += 1
                let value =
                    option.kind.needsValue
                    ? [option.documentedName, word] : ["\(option.documentedName)=\(word)"]
                let line = value + ["u"]
                #expect(throws: Never.self, "\(line)") { _ = try parse(line) }
            }
        }
        #expect(count > 50)
    }

    @Test func `values that are one of a few are offered (T-06)`() {
        // What a value that cannot be says of those that can: a list of words.
        let exceptions: Set<String> = ["--limit", "--expect-status"]
        for option in Self.shown where option.kind.needsValue && !exceptions.contains(option.documentedName) {
            guard let problem = refusal([option.documentedName, "zz!", "u"])?.problem,
                !problem.contains(" or more"),
                let list = problem.firstMatch(
                    of: #/\((?:[A-Za-z0-9.-]+, )*[A-Za-z0-9.-]+ or [A-Za-z0-9.-]+\)|none of /#)
            else { continue }
            guard case .words = ShellCompletion.offer(option) else {
                Issue.record("\(option): \(problem) has \(list.output)")
                continue
            }
        }
    }

    @Test func `zsh specs escape what they must, and ask nobody for hosts (T-06)`() {
        let script = ShellCompletion.zsh
        for option in Self.shown { #expect(script.contains(option.documentedName), "\(option)") }
        #expect(script.contains(#"'(-g --globoff)'{'-g','--globoff'}'[take {}\[\] in URLs as they are]' \"#))
        #expect(script.contains(#"'*'{'-\:','--next'}'[start a new operation with fresh options]' \"#))
        #expect(script.contains(#"'*'{'-o+','--output='}'[write the body to this file]:file:_files' \"#))
        #expect(script.contains(#"'--retry=[try again this often after a passing failure]:number:' \"#))
        for text in [script, ShellCompletion.bash, ShellCompletion.fish] {
            #expect(!text.contains("_urls") || text.contains("_ferry_urls"))
            #expect(!text.contains(":_urls") && !text.contains("_hosts"))
        }
    }

    @Test func `fish has one line an option`() {
        let lines = ShellCompletion.fish.split(separator: "\n").filter { $0.hasPrefix("complete ") }
        #expect(lines.count == Self.shown.count + 1)
        #expect(lines.contains("complete -c ferry -s 'o' -l output -r -F -d 'write the body to this file'"))
        #expect(lines.contains("complete -c ferry -l no-atomic -d 'write output files in place'"))
    }
}
