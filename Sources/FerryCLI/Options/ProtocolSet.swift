import HTTPCore

/// `--proto` and `--proto-redir`: which protocols may be spoken.
///
/// Names that curl knows and ferry does not speak are kept, so that a list that was written for curl means the same.
package struct ProtocolSet: Equatable, Sendable {
    package private(set) var names: Set<String>

    /// Everything that is spoken here.
    static let all: Set<String> = ["http", "https"]

    /// What curl calls a protocol beside these.
    private static let foreign: Set<String> = [
        "dict", "file", "ftp", "ftps", "gopher", "gophers", "imap", "imaps", "ldap", "ldaps", "mqtt", "mqtts",
        "pop3", "pop3s", "rtmp", "rtmpe", "rtmps", "rtmpt", "rtmpte", "rtmpts", "rtsp", "scp", "sftp", "smb",
        "smbs", "smtp", "smtps", "telnet", "tftp", "ws", "wss", "ipfs", "ipns",
    ]

    /// Whether URLs of this scheme may be fetched. A Unix socket is a way to a server, not a protocol of its own.
    func allows(_ scheme: String) -> Bool {
        names.contains(scheme.hasSuffix("+unix") ? String(scheme.dropLast(5)) : scheme)
    }

    /// Reads `p`, `+p`, `-p` and `=p` from left to right, beginning with everything that is spoken here; nil when a name is
    /// missing, or when nothing is left. `unknown` hears the names that nobody knows.
    init?(_ text: String, unknown: (String) -> Void) {
        var names = Self.all
        for token in text.split(separator: ",") {
            var action: Character = "+"
            var name = token
            while let first = name.first, "+-=".contains(first) {
                action = first
                name = name.dropFirst()
            }
            guard let first = name.utf8.first, ASCII.isLetter(first) || ASCII.isDigit(first) else {
                return nil
            }
            let word = name.lowercased()
            let isAll = word == "all"
            let isKnown = isAll || Self.all.contains(word) || Self.foreign.contains(word)
            if !isKnown { unknown(String(name)) }
            let members = isAll ? Self.all : isKnown ? [word] : []
            switch action {
            case "-": names.subtract(isAll ? names : members)
            case "=": names = members
            default: names.formUnion(members)
            }
        }
        guard !names.isEmpty else { return nil }
        self.names = names
    }
}
