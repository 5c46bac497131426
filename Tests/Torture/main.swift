import Glibc
import TestSupport

let usage = """
    usage: ferry-torture LIBRARY [--short] [--only COMMAND] [--fault "CALL N ERRNO"] [--list]
      LIBRARY   the preloaded library, built by `make torture`
      --short   a sample of the faults
      --only    one command
      --fault   this one fault, and what ferry says
      --list    print the commands

    """

var library: String?
var only: String?
var given: Fault?
var isShort = false
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
    switch argument {
    case "--short": isShort = true
    case "--only": only = arguments.popFirst()
    case "--fault":
        given = arguments.popFirst().flatMap { FaultTable.fault($0) }
        if given == nil { complain("no such fault\n\(usage)") }
    case "--list":
        for command in TortureCommand.all {
            print("\(command.name): \(command.arguments.joined(separator: " "))")
        }
        exit(0)
    default:
        if argument.hasPrefix("-") || library != nil { complain("bad argument: \(argument)\n\(usage)") }
        library = argument
    }
}
// Absolute, for the commands run in folders of their own.
guard let library = library.flatMap({ realpath($0, nil) }).map({ String(cString: $0) }) else {
    complain("no library to preload\n\(usage)")
}

do {
    let commands = TortureCommand.all.filter { only == nil || $0.name == only }
    guard !commands.isEmpty else { complain("no such command\n\(usage)") }
    var found = 0
    say("command    calls  runs  served  succeeded  failed  findings\n", to: 1)
    for command in commands {
        let rack = try Rack(command, library: library)
        let tally = try rack.torture(given.map { [$0] }, isShort: isShort)
        found += tally.findings.count
        say(tally.line + "\n", to: 1)
        for finding in tally.findings { say("  \(finding)\n", to: 1) }
        if given != nil { say(tally.words, to: 1) }
    }
    say(found == 0 ? "nothing found\n" : "\(found) found\n", to: 1)
    exit(found == 0 ? 0 : 1)
} catch {
    complain("\(error)")
}

func complain(_ words: String) -> Never {
    say("ferry-torture: \(words)\n")
    exit(2)
}
