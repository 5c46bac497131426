import Glibc
import HTTPCore

/// The user's terminal, where a password can be asked for whatever stdin and stderr are.
enum Terminal {
    /// Asks with `prompt` and reads a line without showing it, in which bytes may be carried; nil when there is no terminal.
    static func askPassword(_ prompt: String) -> String? {
        let descriptor = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var attributes = termios()
        guard tcgetattr(descriptor, &attributes) == 0 else { return nil }
        let shown = attributes
        attributes.c_lflag &= ~tcflag_t(ECHO)
        tcsetattr(descriptor, TCSAFLUSH, &attributes)
        defer {
            var shown = shown
            tcsetattr(descriptor, TCSAFLUSH, &shown)
        }
        return readLine(from: descriptor, prompt, TextStream(descriptor: descriptor, path: "/dev/tty"))
    }

    /// Asks on standard error and takes a line of standard input, which is empty at its end: for scripts, where there is no
    /// terminal. What follows the line stays unread.
    static func readPassword(_ prompt: String) -> String {
        readLine(from: STDIN_FILENO, prompt, TextStream())
    }

    private static func readLine(from descriptor: CInt, _ prompt: String, _ stream: TextStream) -> String {
        stream.print(prompt)
        defer { stream.print("\n") }
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while line.count < 4096 {
            let count = read(descriptor, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1, byte != 0x0a else { break }
            line.append(byte)
        }
        return CarriedText.text(of: line)
    }
}
