import Glibc
import TestSupport

// Without arguments: prints where it listens and serves until its standard input ends.
// With `--demo PATH`: shows what the ferry binary at PATH does with these servers.

let arguments = CommandLine.arguments.dropFirst()
guard arguments.isEmpty || (arguments.count == 2 && arguments.first == "--demo") else {
    say("usage: ferry-demo-server [--demo PATH-OF-FERRY]")
    exit(2)
}

do {
    let servers = try DemoServers()
    var failures = 0
    if let ferry = arguments.dropFirst().first {
        failures = try Demo(ferry: ferry, servers: servers).run()
    } else {
        say(servers.addresses + "# closing standard input ends the server")
        var buffer = [UInt8](repeating: 0, count: 4096)
        while read(0, &buffer, buffer.count) > 0 {}
    }
    servers.stop()
    exit(failures == 0 ? 0 : 1)
} catch {
    say("the demo server failed: \(error)")
    exit(1)
}
