package import HTTPCore

/// A URL of the command line, or a file of them.
package enum URLArgument: Equatable, Sendable {
    /// The text as typed, pattern characters included.
    case url(String)
    /// `--url @path`: one URL a line, to be read while the transfers run; `-` = standard input.
    case list(path: String)
}

/// One `-o`, `-O` or `--no-remote-name`.
package enum OutputArgument: Equatable, Sendable {
    /// `-o path`, with its `#1` references; `-` = standard output, even when that is a terminal.
    case file(String)
    /// `-O`.
    case remoteName
    /// `--no-remote-name`: standard output, as without an option.
    case none
    /// `--out-null`.
    case nowhere
}

/// One `-T`.
package enum UploadArgument: Equatable, Sendable {
    /// A path, pattern characters included.
    case file(String)
    /// `-`.
    case standardInput
    /// `.`: standard input, read without waiting for it.
    case standardInputWithoutWaiting
    /// An empty value: this URL has no upload.
    case none
}

/// Where text of the tool goes (headers, traces, cookies, messages).
package enum TextTarget: Equatable, Sendable {
    case file(String)
    case standardOutput
    case standardError

    /// `-` is standard output and `%` standard error.
    init(_ text: String) {
        switch text {
        case "-": self = .standardOutput
        case "%": self = .standardError
        default: self = .file(text)
        }
    }

    /// The text that names it.
    var argument: String {
        switch self {
        case .file(let path): path
        case .standardOutput: "-"
        case .standardError: "%"
        }
    }
}

/// One header line of `-H`.
package enum HeaderArgument: Equatable, Sendable {
    /// `Name: value`, blanks around the value cut.
    case field(name: String, value: String)
    /// `Name:`: the field that would be sent by itself is left out.
    case removal(name: String)
    /// `Name;`: sent without a value.
    case blank(name: String)
}

/// `-e`.
package struct RefererArgument: Equatable, Sendable {
    /// The field's first value; nil when only `;auto` was given, empty removes it.
    package var url: String?
    /// `;auto`: every redirect names the URL before it.
    package var followsRedirects: Bool
}

/// `-u` and `-U`, split at the first colon.
package struct Credentials: Equatable, Sendable {
    package var user: ByteString
    /// nil = no colon was given, so the password has to be asked for.
    package var password: ByteString?
}

/// One `-b`.
package enum CookieArgument: Equatable, Sendable {
    /// `name=value; …`, sent as it is.
    case pairs(String)
    /// A cookie file to load; `-` = standard input.
    case file(String)
    /// An empty value: cookies of the answers are kept, nothing is loaded.
    case engineOnly
}

/// `-C`.
package enum ContinueAt: Equatable, Sendable {
    case offset(Int64)
    /// `-`: the size of the output file.
    case outputSize
}

/// One `-d`, `--data-…` or `--json`, or all `--json-field`.
package struct DataPiece: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case form
        case json
        /// Stands where the first field was given; the bytes are those of `OperationSettings.jsonFields`.
        case jsonFields
    }
    package var kind: Kind
    /// What is sent: files loaded, line ends cut and encodings applied as the option asks.
    package var bytes: [UInt8]
}

/// `--pretty`.
package enum PrettyChoice: String, Sendable {
    case auto, all, none
}

/// What an HTTP status of 400 or above does.
package enum FailMode: Equatable, Sendable {
    case withoutBody
    case withBody
    /// Taken back by `--no-fail` or `--no-fail-with-body`.
    case off
}

/// One `--resolve`.
package struct ResolveEntry: Equatable, Sendable {
    /// The host without brackets, or `*` for every host.
    package var host: String
    package var port: Int
    /// IP addresses without brackets; empty exactly when `removes`.
    package var addresses: [String]
    /// `+`: the entry lives only as long as a cached name does.
    package var expires = false
    /// `-host:port`: an entry made before is dropped.
    package var removes = false
}

/// One `--connect-to`; nil in the first pair means "any", in the second "keep".
package struct ConnectToEntry: Equatable, Sendable {
    package var fromHost: String?
    package var fromPort: Int?
    package var toHost: String?
    package var toPort: Int?
}

/// `-4`, `-6`, `--address-family`.
package enum AddressFamilyChoice: String, Equatable, Sendable {
    case any
    case ipv4
    case ipv6
}

/// `--local-addr`.
package struct LocalAddress: Equatable, Sendable {
    /// An IP address without brackets.
    package var address: String
    /// nil and 0 = any free port.
    package var port: Int?
}

/// `--unix-socket`, `--abstract-unix-socket`.
package struct UnixSocketArgument: Equatable, Sendable {
    /// The path, or the abstract name without its leading `@`.
    package var path: String
    package var isAbstract: Bool
}

/// `--cert`.
package struct ClientCertificate: Equatable, Sendable {
    package var path: String
    /// The part after the colon; nil when there is none.
    package var password: String?
}

/// `--dns-cache-ttl`.
package enum DNSCacheLife: Equatable, Sendable {
    case limited(Duration)
    case forever
}

/// `--happy-eyeballs-timeout-ms`.
package enum AttemptDelay: Equatable, Sendable {
    case after(Duration)
    /// `off`: the next address is tried only when the one before has failed.
    case off
}

/// `--generate`: the texts that are made from the option table.
package enum GeneratedText: String, CaseIterable, Sendable {
    case man
    case bash
    case zsh
    case fish
    case eventsSchema = "events-schema"
}

/// A place in the argument vector that holds a secret.
package struct SecretArgument: Equatable, Sendable {
    /// Index into the arguments, the name of the program not counted.
    package var index: Int
    /// The first byte of the secret in that argument.
    package var offset: Int
}

/// The value of `--idempotency-key`.
package enum IdempotencyKey: Equatable, Sendable {
    /// Another one for each transfer.
    case fresh
    case text(String)

    package var text: String? { if case .text(let text) = self { text } else { nil } }
}

/// The value of `--rate-per-host`.
package struct HostRate: Equatable, Sendable {
    /// The time in which a host earns a request.
    package var interval: Duration
    /// How many may go at once when none went for long.
    package var burst: Int
}

/// The values of `--progress`.
package enum ProgressChoice: String, Equatable, Sendable, CaseIterable {
    case auto
    case bars
    case plain
    case json
    case none
}
