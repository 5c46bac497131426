import Glibc
import TestSupport

// Without arguments: prints where it listens and serves until its standard input ends.
// With `--demo PATH`: shows what the ferry binary at PATH does with these servers.
// With `--run PATH`: runs the program at PATH with two arguments, the URL of the plain server and the path of the Unix
// socket, and ends with its exit status.

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.isEmpty || (arguments.count == 2 && ["--demo", "--run"].contains(arguments[0])) else {
    say("usage: ferry-demo-server [--demo PATH-OF-FERRY | --run PATH-OF-PROGRAM]")
    exit(2)
}

do {
    let servers = try DemoServers()
    var failures = 0
    switch arguments.first {
    case "--demo": failures = try Demo(ferry: arguments[1], servers: servers).run()
    case "--run":
        let program = try RunningProcess(
            arguments[1], ["http://\(servers.plain.authority)", servers.socketPath], passThrough: true)
        let result = program.wait(timeoutSeconds: 120)
        if result.exitStatus != 0 {
            say("\(arguments[1]) ended with \(result.exitStatus.map(String.init) ?? "a signal")")
            failures = 1
        }
    default:
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
