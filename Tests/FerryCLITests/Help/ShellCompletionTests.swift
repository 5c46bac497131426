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

    @Test func `bash offers every name and files where files are meant`() {
        let script = ShellCompletion.bash
        for option in Self.shown {
            #expect(
                script.contains(" \(option.documentedName)") || script.contains("'\(option.documentedName)"),
                "\(option)")
        }
        #expect(script.contains("-o | --output"))
        #expect(
            script.contains(
                "        --address-family)\n            _ferry_offer -W 'any ipv4 ipv6' -- \"$word\"\n"))
    }

    @Test func `zsh specs escape what they must`() {
        let script = ShellCompletion.zsh
        for option in Self.shown { #expect(script.contains(option.documentedName), "\(option)") }
        #expect(script.contains(#"'(-g --globoff)'{'-g','--globoff'}'[take {}\[\] in URLs as they are]' \"#))
        #expect(script.contains(#"'*'{'-\:','--next'}'[start a new operation with fresh options]' \"#))
        #expect(script.contains(#"'*'{'-o+','--output='}'[write the body to this file]:file:_files' \"#))
        #expect(script.contains(#"'--retry=[try again this often after a passing failure]:number:' \"#))
    }

    @Test func `fish has one line an option`() {
        let lines = ShellCompletion.fish.split(separator: "\n")
        #expect(lines.count == Self.shown.count + 2)
        #expect(lines.contains("complete -c ferry -s 'o' -l output -r -F -d 'write the body to this file'"))
        #expect(lines.contains("complete -c ferry -l no-atomic -d 'write output files in place'"))
    }
}
