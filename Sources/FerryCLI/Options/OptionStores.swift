import Connector

/// What the options with a grammar of their own do with their values.
///
/// Each function has the form of `OptionKind.Apply` and throws before it stores anything.
enum OptionStores {
    // MARK: What is sent

    /// `-d`, `--data-ascii`: `@file` loses its line ends and NULs.
    static func data(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        var bytes: [UInt8]
        if let path = fileName(use.value) {
            bytes = try builder.load(path, use)
            bytes.removeAll { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") || $0 == 0 }
        } else {
            bytes = Array(use.value.utf8)
        }
        builder.operation.data.append(DataPiece(kind: .form, bytes: bytes))
    }

    /// `--data-raw`.
    static func rawData(_ builder: SettingsBuilder, _ use: OptionUse) {
        builder.operation.data.append(DataPiece(kind: .form, bytes: Array(use.value.utf8)))
    }

    /// `--data-binary`.
    static func binaryData(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.data.append(DataPiece(kind: .form, bytes: try verbatim(builder, use)))
    }

    /// `--json`.
    static func json(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.data.append(DataPiece(kind: .json, bytes: try verbatim(builder, use)))
    }

    /// `--data-urlencode`.
    static func encodedData(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.data.append(DataPiece(kind: .form, bytes: try encoded(builder, use)))
    }

    /// `--url-query`: as `--data-urlencode`, or as it is after a plus sign.
    static func query(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.query.append(
            use.value.utf8.first == UInt8(ascii: "+")
                ? Array(use.value.utf8.dropFirst()) : try encoded(builder, use))
    }

    /// The five forms `x`, `=x`, `n=x`, `@f`, `n@f`: only what follows the first `=`, or else the first `@`, is encoded.
    private static func encoded(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) -> [UInt8] {
        let bytes = use.value.utf8
        guard
            let mark = bytes.firstIndex(of: UInt8(ascii: "=")) ?? bytes.firstIndex(of: UInt8(ascii: "@"))
        else { return OptionValue.urlEncoded(bytes) }
        let content = bytes[bytes.index(after: mark)...]
        let value =
            bytes[mark] == UInt8(ascii: "@")
            ? OptionValue.urlEncoded(try builder.load(String(Substring(content)), use))
            : OptionValue.urlEncoded(content)
        let name = bytes[..<mark]
        return name.isEmpty ? value : Array(name) + [UInt8(ascii: "=")] + value
    }

    private static func verbatim(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) -> [UInt8] {
        guard let path = fileName(use.value) else { return Array(use.value.utf8) }
        return try builder.load(path, use)
    }

    /// `-T`.
    static func upload(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let upload: UploadArgument
        switch use.value {
        case "": upload = .none
        case "-":
            try builder.claimStandardInput(use)
            upload = .standardInput
        case ".":
            try builder.claimStandardInput(use)
            upload = .standardInputWithoutWaiting
        default: upload = .file(use.value)
        }
        builder.operation.uploads.append(upload)
    }

    // MARK: The request

    /// `-X`.
    static func method(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard OptionValue.isToken(use.value) else {
            throw use.refusal("is not a request method (such as PUT)")
        }
        builder.operation.method = use.value
    }

    /// `-H`: one line, or a file of them in which blank lines and those that start with `#` are skipped.
    static func header(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.headers += try headers(builder, use)
    }

    /// The fields of one `-H` or `--proxy-header`.
    static func headers(
        _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> [HeaderArgument] {
        guard let path = fileName(use.value) else {
            return try headerLine(use.value[...], builder, use).map { [$0] } ?? []
        }
        let text = try builder.loadText(path, use)
        var headers: [HeaderArgument] = []
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let line = Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
            if line.utf8.first == UInt8(ascii: "#") || line.utf8.allSatisfy(isBlank) { continue }
            if let header = try headerLine(line, builder, use) { headers.append(header) }
        }
        return headers
    }

    private static func headerLine(
        _ line: Substring, _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> HeaderArgument? {
        let bytes = line.utf8
        // Errors show the name alone: the value may be a secret.
        let shown = String(Substring(bytes.prefix { $0 != UInt8(ascii: ":") }))
        // A line end inside would let a value forge further fields.
        guard !bytes.contains(where: { $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\n") || $0 == 0 })
        else {
            throw UsageError(
                flag: use.flag, value: shown, problem: "holds a line break or NUL, which no header field may")
        }
        let header: HeaderArgument
        let name: Substring
        if let colon = bytes.firstIndex(of: UInt8(ascii: ":")) {
            name = line[..<colon]
            let value = trimmed(bytes[bytes.index(after: colon)...])
            header =
                value.isEmpty
                ? .removal(name: String(name)) : .field(name: String(name), value: String(value))
        } else if bytes.last == UInt8(ascii: ";") {
            name = Substring(bytes.dropLast())
            header = .blank(name: String(name))
        } else {
            // The rest may be the secret of a header whose colon was forgotten.
            let word = line.prefix { $0 != " " && $0 != "\t" }
            let shown = word.endIndex == line.endIndex ? String(line) : word + " ..."
            builder.warn(
                "option \(use.flag): \(Quoting.quoted(shown)) is not sent; a header is 'Name: value', "
                    + "'Name:' to remove one or 'Name;' for one without a value")
            return nil
        }
        guard OptionValue.isToken(name) else {
            throw UsageError(
                flag: use.flag, value: shown,
                problem: "is not the name of a header field (Name: value is expected)")
        }
        return header
    }

    /// `-e`.
    static func referer(_ builder: SettingsBuilder, _ use: OptionUse) {
        guard use.value.hasSuffix(";auto") else {
            builder.operation.referer = RefererArgument(url: use.value, followsRedirects: false)
            return
        }
        let url = String(use.value.dropLast(5))
        builder.operation.referer = RefererArgument(url: url.isEmpty ? nil : url, followsRedirects: true)
    }

    /// `-b`.
    static func cookie(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value.isEmpty {
            builder.operation.cookies.append(.engineOnly)
        } else if use.value.utf8.contains(UInt8(ascii: "=")) {
            builder.operation.cookies.append(.pairs(use.value))
        } else {
            if use.value == "-" { try builder.claimStandardInput(use) }
            builder.operation.cookies.append(.file(use.value))
        }
    }

    /// `-r`.
    static func range(_ builder: SettingsBuilder, _ use: OptionUse) {
        let bytes = use.value.utf8
        guard bytes.allSatisfy(\.isDigit) else {
            if !bytes.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ",") }) {
                builder.warn(
                    "option \(use.flag): \(Quoting.quoted(use.value)) holds characters that no range has; it is sent as it is"
                )
            }
            builder.operation.range = use.value
            return
        }
        builder.warn(
            "option \(use.flag): \(Quoting.quoted(use.value)) has no dash; taken for \(Quoting.quoted(use.value + "-"))"
        )
        builder.operation.range = use.value + "-"
    }

    /// `-C`.
    static func continueAt(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value == "-" {
            builder.operation.continueAt = .outputSize
            return
        }
        guard let offset = OptionValue.integer(use.value), offset >= 0 else {
            throw use.refusal("is not an offset (a number of bytes, or - for the size of the output file)")
        }
        builder.operation.continueAt = .offset(Int64(offset))
    }

    // MARK: Failure

    /// `--fail` and `--fail-with-body`, of which the last counts.
    static func fail(_ builder: SettingsBuilder, _ mode: FailMode, isOn: Bool) {
        let before = builder.operation.fail
        builder.operation.fail = isOn ? mode : .off
        switch (before, builder.operation.fail) {
        case (.withBody, .withoutBody): builder.warn("--fail overrides the --fail-with-body before it")
        case (.withoutBody, .withBody): builder.warn("--fail-with-body overrides the --fail before it")
        default: break
        }
    }

    // MARK: Output

    /// `-w`.
    static func writeOut(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let path = fileName(use.value) else {
            builder.operation.writeOut = use.value
            return
        }
        // A file may be broken into lines where that reads best; `\n` is what ends a line of the output.
        let text = try builder.loadText(path, use).utf8.filter { $0 != 0x0A && $0 != 0x0D && $0 != 0 }
        builder.operation.writeOut = String(decoding: text, as: UTF8.self)
    }

    /// `-D`.
    static func dumpHeader(_ builder: SettingsBuilder, _ use: OptionUse) {
        builder.operation.dumpHeader = target(use.value)
    }

    /// `-` is standard output and `%` standard error.
    static func target(_ text: String) -> TextTarget {
        switch text {
        case "-": .standardOutput
        case "%": .standardError
        default: .file(text)
        }
    }

    // MARK: Connections

    /// `--resolve`.
    static func resolve(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let entry = OptionValue.resolve(use.value) else {
            throw use.refusal(
                "is not of the form host:port:address[,address...] (or -host:port)",
                status: .malformedOptionValue)
        }
        builder.operation.resolve.append(entry)
    }

    /// `--connect-to`.
    static func connectTo(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let entry = OptionValue.connectTo(use.value) else {
            throw use.refusal(
                "is not of the form host:port:host:port (each part may be empty)",
                status: .malformedOptionValue)
        }
        builder.operation.connectTo.append(entry)
    }

    /// `--address-family`.
    static func addressFamily(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let family = AddressFamilyChoice(rawValue: use.value) else {
            throw use.refusal("is not an address family (any, ipv4 or ipv6)")
        }
        builder.operation.addressFamily = family
    }

    /// `--local-addr`.
    static func localAddress(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let address = OptionValue.localAddress(use.value) else {
            throw use.refusal(
                "is not an IP address (192.0.2.1, 192.0.2.1:4000, 2001:db8::1 or [2001:db8::1]:4000)")
        }
        builder.operation.localAddress = address
        builder.operation.sockets.interface = nil
    }

    /// `--unix-socket`: a leading `@` names the abstract namespace.
    static func unixSocket(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard use.value.utf8.first == UInt8(ascii: "@") else {
            builder.operation.unixSocket = UnixSocketArgument(path: use.value, isAbstract: false)
            return
        }
        guard use.value.utf8.count > 1 else { throw use.refusal("names no socket (a path, or @name)") }
        builder.operation.unixSocket = UnixSocketArgument(
            path: String(use.value.dropFirst()), isAbstract: true)
    }

    /// `--dns-cache-ttl`.
    static func dnsCacheLife(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value == "forever" {
            builder.global.dnsCacheLife = .forever
        } else if let life = OptionValue.seconds(use.value) {
            builder.global.dnsCacheLife = .limited(life)
        } else {
            throw use.refusal(
                "is not a time (seconds such as 10 or 2.5, with a unit such as 2m, or 'forever')")
        }
    }

    /// `--happy-eyeballs-timeout-ms`.
    static func attemptDelay(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        if use.value == "off" {
            builder.global.attemptDelay = .off
        } else if let delay = OptionValue.milliseconds(use.value) {
            builder.global.attemptDelay = .after(delay)
        } else {
            throw use.refusal("is not a number of milliseconds (0 to 86400000, or 'off')")
        }
    }

    // MARK: Trust

    /// `--fingerprint`.
    static func fingerprint(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        do throws(FingerprintError) {
            builder.operation.fingerprints.append(try Fingerprint(hex: use.value).bytes)
        } catch {
            switch error {
            case .md5:
                throw use.refusal(
                    "has the length of MD5, which is insecure; a SHA-256 fingerprint has 64 hex digits")
            case .sha1:
                throw use.refusal(
                    "has the length of SHA-1, which is insecure; a SHA-256 fingerprint has 64 hex digits")
            case .length, .notHexadecimal:
                throw use.refusal("is not a SHA-256 fingerprint (64 hex digits, colons allowed)")
            }
        }
    }

    // MARK: The tool

    /// `--url`.
    static func url(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let path = fileName(use.value) else {
            builder.operation.urls.append(.url(use.value))
            return
        }
        guard !path.isEmpty else { throw use.refusal("names no file (a URL, @file or @-)") }
        if path == "-" { try builder.claimStandardInput(use) }
        builder.operation.urls.append(.list(path: path))
    }

    /// `-K`.
    static func config(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        try ConfigFile.apply(path: use.value, to: builder, use)
    }

    /// `--generate`.
    static func generate(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        guard let text = GeneratedText(rawValue: use.value) else {
            throw use.refusal("cannot be generated (man, bash, zsh or fish)")
        }
        builder.settings.task = .generate(text)
    }

    // MARK: Texts

    /// The name after a leading `@`, else nil.
    private static func fileName(_ text: String) -> String? {
        text.utf8.first == UInt8(ascii: "@") ? String(text.dropFirst()) : nil
    }

    private static func isBlank(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t")
    }

    private static func trimmed(_ bytes: Substring.UTF8View) -> Substring {
        var bytes = bytes.drop(while: isBlank)
        while let last = bytes.last, isBlank(last) { bytes = bytes.dropLast() }
        return Substring(bytes)
    }
}
