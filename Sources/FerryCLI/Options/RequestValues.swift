// Values of options about what is asked for and sent.

/// A URL of the command line, or a file of them.
package enum URLArgument: Equatable, Sendable {
    /// The text as typed, pattern characters included.
    case url(String)
    /// `--url @path`: one URL a line, to be read while the transfers run; `-` = standard input.
    case list(path: String)
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

/// One `-b`.
package enum CookieArgument: Equatable, Sendable {
    /// `name=value; …`, sent as it is.
    case pairs(String)
    /// A cookie file to load; `-` = standard input.
    case file(String)
    /// An empty value: cookies of the answers are kept, nothing is loaded.
    case engineOnly
}

/// The value of `--idempotency-key`.
package enum IdempotencyKey: Equatable, Sendable {
    /// Another one for each transfer.
    case fresh
    case text(String)

    package var text: String? { if case .text(let text) = self { text } else { nil } }
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

/// `-C`.
package enum ContinueAt: Equatable, Sendable {
    case offset(Int64)
    /// `-`: the size of the output file.
    case outputSize
}

/// What an HTTP status of 400 or above does.
package enum FailMode: Equatable, Sendable {
    case withoutBody
    case withBody
    /// Taken back by `--no-fail` or `--no-fail-with-body`.
    case off
}
