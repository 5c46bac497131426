import CFuzzer
import Glibc
import TestSupport

// `make fuzz` runs it: `ferry-fuzz --list`, `ferry-fuzz --seeds NAME FOLDER`, or `ferry-fuzz NAME` with libFuzzer's arguments.

/// What libFuzzer's callback, which can capture nothing, feeds. Set once, before it runs, and only read on its thread.
nonisolated(unsafe) private var current = FuzzTarget.all[0]

private let arguments = CommandLine.arguments
if arguments.count == 2, arguments[1] == "--list" {
    for target in FuzzTarget.all { say(target.name + "\n", to: 1) }
    exit(0)
}
private let isAskedForSeeds = arguments.count == 4 && arguments[1] == "--seeds"
private let name = arguments.dropFirst(isAskedForSeeds ? 2 : 1).first
guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    say("usage: ferry-fuzz --list | --seeds NAME FOLDER | NAME [ARGUMENT OF LIBFUZZER]…\n")
    exit(2)
}
if isAskedForSeeds {
    do {
        for (number, seed) in target.seeds.enumerated() {
            try writeFile("\(arguments[3])/seed-\(number)", seed)
        }
        exit(0)
    } catch {
        say("ferry-fuzz: \(error)\n")
        exit(1)
    }
}
current = target
// libFuzzer takes the first of the rest for the program's name.
private var count = CommandLine.argc - 1
private var values: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(
    LLVMFuzzerRunDriver(&count, &values) { data, size in
        if let fault = current.run(Array(UnsafeBufferPointer(start: data, count: Int(size)))) {
            fatalError(fault)
        }
        return 0
    })
