import Connector
import HTTPClient
import HTTPCore

/// The curl command that makes the request of a transfer: `--print-curl`. Pure.
///
/// The options are those that were typed, but for what was settled since: the URL, the body, the proxy and the socket. curl
/// gets no config file, speaks HTTP/1.1 and is told everything that it would say differently by itself.
struct CurlCommand {
    let transfer: RehearsedTransfer
    let operation: OperationSettings
    let global: GlobalSettings

    init(_ transfer: RehearsedTransfer, _ operation: OperationSettings, global: GlobalSettings) {
        self.transfer = transfer
        self.operation = operation
        self.global = global
    }

    /// The line with its line end, and the options that curl has nothing for.
    func line(_ variables: inout ShellVariables) -> (bytes: [UInt8], omitted: [String]) {
        var arguments = Arguments(variables)
        addMethod(&arguments)
        addFields(&arguments)
        addLogin(&arguments)
        addBody(&arguments)
        addRules(&arguments)
        addOutput(&arguments)
        addWay(&arguments)
        addTLS(operation.tls, prefix: "--", &arguments)
        addProxy(&arguments)
        addURL(&arguments)
        variables = arguments.variables
        return (arguments.line + [0x0A], arguments.omitted)
    }

    /// The arguments as they come together.
    struct Arguments {
        fileprivate(set) var variables: ShellVariables
        private var words: [ShellWord] = [ShellWord("curl"), ShellWord("-q")]
        /// What curl reads from standard input; nil = nothing of ours.
        private var input: ShellWord?
        var omitted: [String] = []

        fileprivate init(_ variables: ShellVariables) {
            self.variables = variables
        }

        fileprivate var line: [UInt8] {
            let command = Array(words.map(\.quoted).joined(separator: [0x20]))
            return input.map { $0.printed + Array(" | ".utf8) + command } ?? command
        }

        /// An option without a value.
        mutating func add(_ flag: String) { words.append(ShellWord(flag)) }

        mutating func add(_ flag: String, _ value: String?) {
            if let value { add(flag, CarriedText.bytes(of: value).bytes, hiding: []) }
        }

        mutating func add(_ flag: String, _ value: [UInt8], hiding places: [SecretPlace]) {
            words += [ShellWord(flag), variables.word(value, hiding: places)]
        }

        mutating func add(_ flag: String, _ duration: Duration?) {
            if let duration { add(flag, CurlCommand.seconds(duration)) }
        }

        /// A word that is no option.
        mutating func add(_ value: [UInt8], hiding places: [SecretPlace]) {
            words.append(variables.word(value, hiding: places))
        }

        /// A value that may be too long for an argument, or hold what none can: `fallback` is what stands for it when it comes
        /// on standard input then.
        mutating func add(
            _ flag: String, _ value: [UInt8], hiding places: [SecretPlace],
            orInput fallback: (String, String)?
        ) {
            let word = variables.word(value, hiding: places)
            if word.fitsArgument {
                words += [ShellWord(flag), word]
            } else if let fallback, input == nil {
                words += [ShellWord(fallback.0), ShellWord(fallback.1)]
                input = word
            } else {
                omitted.append("a value of \(flag) that is no argument")
            }
        }
    }

    /// Seconds as curl reads them.
    static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds > 0 else { return String(seconds) }
        var digits = padded(String(attoseconds / 1_000_000_000_000), 6, with: "0")
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(seconds).\(digits.isEmpty ? "0" : digits)"
    }

    // MARK: The request

    private func addMethod(_ arguments: inout Arguments) {
        if transfer.kind == .head { arguments.add("-I") }
        let natural = RequestBuilder.method(transfer.kind)
        if operation.method != nil || transfer.request.method != natural {
            arguments.add("-X", transfer.request.method)
        }
        if operation.http10 {
            arguments.add("-0")
        } else if transfer.url.scheme.isTLS {
            arguments.add("--http1.1")
        }
        if let target = operation.requestTarget ?? folderTarget {
            let bytes = CarriedText.bytes(of: target).bytes
            arguments.add("--request-target", bytes, hiding: SecretPlaces.inURL(bytes))
        }
        if operation.pathAsIs { arguments.add("--path-as-is") }
    }

    /// Older ones put the name of the file behind the path of a URL that has a query.
    private var folderTarget: String? {
        guard transfer.kind == .put, case .file = transfer.plan.upload, transfer.url.path.hasSuffix("/")
        else {
            return nil
        }
        return transfer.url.requestTarget
    }

    private func addFields(_ arguments: inout Arguments) {
        if !operation.headers.contains(where: { $0.isNamed("User-Agent") }) {
            arguments.add("-A", operation.userAgent ?? Ferry.userAgent)
        }
        arguments.add("-r", transfer.offset == 0 ? operation.range : nil)
        if transfer.offset > 0 {
            arguments.add("-C", String(transfer.offset))
        } else if transfer.kind == .put, case .offset(let offset) = operation.continueAt {
            arguments.add("-C", String(offset))
        }
        if let referer = operation.referer {
            let value = (referer.url ?? "") + (referer.followsRedirects ? ";auto" : "")
            arguments.add(
                "-e", CarriedText.bytes(of: value).bytes, hiding: SecretPlaces.inURL(Array(value.utf8)))
        }
        if operation.compressed { arguments.add("--compressed") }
        if operation.transferCoding { arguments.add("--tr-encoding") }
        addCookies(&arguments)
        if let condition = operation.timeCondition {
            let mark =
                switch condition.kind {
                case .ifModifiedSince: ""
                case .ifUnmodifiedSince: "-"
                case .lastModified: "="
                }
            arguments.add("-z", mark + HTTPDate.format(condition.seconds))
        }
        // What ferry says on its own account, and curl does not.
        for name in ["If-Range", "Idempotency-Key"] {
            guard let field = transfer.request.fields.first(where: { $0.isNamed(name) }), !isTyped(name)
            else {
                continue
            }
            add(field, &arguments)
        }
        if global.forceClose, !isTyped("Connection"), !operation.transferCoding {
            add(HeaderField(name: "Connection", value: "close"), &arguments)
        }
        for header in operation.headers + Planner.tagFields(operation) { add(header, &arguments) }
    }

    private func isTyped(_ name: String) -> Bool { operation.headers.contains { $0.isNamed(name) } }

    private func addCookies(_ arguments: inout Arguments) {
        var pairs: [[UInt8]] = []
        for cookie in operation.cookies {
            switch cookie {
            case .pairs(let text): pairs.append(CarriedText.bytes(of: text).bytes)
            // Behind an @ it is a file, whatever stands in its name.
            case .file(let path):
                arguments.add("-b", path.utf8.contains { "=@".utf8.contains($0) } ? "@" + path : path)
            case .engineOnly: arguments.add("-b", "")
            }
        }
        // curl would join them without a blank.
        let joined = Array(pairs.joined(separator: Array("; ".utf8)))
        if !pairs.isEmpty { arguments.add("-b", joined, hiding: SecretPlaces.inCookies(joined)) }
        arguments.add("-c", operation.cookieJar?.argument)
        if operation.junkSessionCookies { arguments.add("-j") }
    }

    private func add(_ header: HeaderArgument, _ arguments: inout Arguments) {
        switch header {
        case .removal(let name): arguments.add("-H", "\(name):")
        case .blank(let name): arguments.add("-H", "\(name);")
        case .field(let name, _):
            guard let field = header.field, isSent(name) else { return }
            add(field, &arguments)
        }
    }

    private func add(_ field: HeaderField, _ arguments: inout Arguments) {
        add("-H", field, &arguments)
    }

    func add(_ flag: String, _ field: HeaderField, _ arguments: inout Arguments) {
        let value = field.content.bytes
        let name = Array("\(field.name): ".utf8)
        let places = SecretPlaces.inField(field.name, value).map { place in
            SecretPlace(
                range: place.range.lowerBound + name.count..<place.range.upperBound + name.count,
                name: place.name)
        }
        arguments.add(flag, name + value, hiding: places)
    }

    /// Whether a field of the user's goes with this request. That of a form gets its boundary from curl.
    private func isSent(_ name: String) -> Bool { transfer.request.fields.contains { $0.isNamed(name) } }

    private func addLogin(_ arguments: inout Arguments) {
        let login = operation.login
        if let bearer = login.bearer {
            let bytes = CarriedText.bytes(of: bearer).bytes
            arguments.add("--oauth2-bearer", bytes, hiding: SecretPlaces.whole(bytes, "TOKEN"))
        } else if let user = operation.user {
            add("-u", user, &arguments)
        }
        if login.isAny || login.schemes == [.basic, .digest] {
            arguments.add("--anyauth")
        } else if login.schemes == .digest {
            arguments.add("--digest")
        }
        if let file = login.netrcFile { arguments.add("--netrc-file", file) }
        if login.netrcOptional {
            arguments.add("--netrc-optional")
        } else if login.netrc {
            arguments.add("-n")
        }
        if let scheme = login.signature {
            let parts = [scheme.provider, scheme.prefix, scheme.region ?? "", scheme.service ?? ""]
            let count = (parts.lastIndex { !$0.isEmpty } ?? 0) + 1
            arguments.add("--aws-sigv4", parts.prefix(count).joined(separator: ":"))
        }
        if login.messageSignature != nil { arguments.omitted.append("--httpsig-key") }
    }

    func add(_ flag: String, _ user: Credentials, prefix: String = "", _ arguments: inout Arguments) {
        var bytes = user.user.bytes
        guard let password = user.password else { return arguments.add(flag, bytes, hiding: []) }
        bytes += [UInt8(ascii: ":")] + password.bytes
        arguments.add(flag, bytes, hiding: SecretPlaces.inLogin(bytes, prefix))
    }

    // MARK: The body

    private func addBody(_ arguments: inout Arguments) {
        switch transfer.kind {
        case .get, .head: return
        case .put:
            // A name is no pattern any more.
            switch transfer.plan.upload {
            case .file(let path): arguments.add("-T", path)
            case .standardInput: arguments.add("-T", "-")
            case .standardInputWithoutWaiting: arguments.add("-T", ".")
            case nil, .some(.none): break
            }
        case .post:
            for entry in operation.form { add(entry, &arguments) }
            if operation.formEscape, !operation.form.isEmpty { arguments.add("--form-escape") }
            guard operation.form.isEmpty, let bytes = operation.joinedData else { break }
            let isJSON = operation.data.contains { $0.kind != .form }
            let type = transfer.request.fields.first { $0.isNamed("Content-Type") }?.value
            let flag = isJSON ? "--json" : "--data-raw"
            let fallback = (isJSON ? "--json" : "--data-binary", "@-")
            let places = SecretPlaces.inBody(bytes, type: type)
            // Behind an at sign --json takes a file's name.
            if isJSON, bytes.first == UInt8(ascii: "@") {
                arguments.add("--json", "")
                arguments.add("--data-raw", bytes, hiding: places, orInput: nil)
            } else {
                arguments.add(flag, bytes, hiding: places, orInput: fallback)
            }
        }
        // Older ones ask before every upload, however short.
        if transfer.kind == .put, transfer.request.continueTimeout == nil, !isTyped("Expect") {
            arguments.add("-H", "Expect:")
        }
        if let timeout = operation.expectTimeout { arguments.add("--expect100-timeout", timeout) }
    }

    // MARK: Rules

    private func addRules(_ arguments: inout Arguments) {
        if operation.locationTrusted {
            arguments.add("--location-trusted")
        } else if operation.location || operation.follow {
            arguments.add("-L")
        }
        arguments.add("--max-redirs", operation.maxRedirects.map(String.init))
        for (isOn, flag) in [
            (operation.post301, "--post301"), (operation.post302, "--post302"),
            (operation.post303, "--post303"),
            (operation.fail == .withoutBody, "-f"), (operation.fail == .withBody, "--fail-with-body"),
            (operation.http09, "--http0.9"), (operation.raw, "--raw"),
            (operation.ignoresContentLength, "--ignore-content-length"),
        ] where isOn { arguments.add(flag) }
        arguments.add("-m", operation.maxTime)
        arguments.add("--connect-timeout", operation.connectTimeout)
        arguments.add("--limit-rate", operation.limitRate.map(String.init))
        arguments.add("--max-filesize", operation.maxFileSize.map(String.init))
        arguments.add("-Y", operation.speedLimit.map(String.init))
        arguments.add("-y", operation.speedTime)
        arguments.add("--retry", operation.retry.count.map(String.init))
    }

    private func addOutput(_ arguments: inout Arguments) {
        if operation.showHeaders, transfer.kind != .head { arguments.add("-i") }
        arguments.add("-D", operation.dumpHeader?.argument)
        switch transfer.plan.destination {
        case .standardOutput(let allowsBinary): if allowsBinary { arguments.add("-o", "-") }
        case .memory: break
        case .nowhere: arguments.add("-o", "/dev/null")
        case .file: arguments.add("-o", transfer.path)
        case .remoteName:
            arguments.add("-O")
            if operation.remoteHeaderName { arguments.add("-J") }
            arguments.add("--output-dir", operation.outputDirectory)
        }
        if operation.createDirectories { arguments.add("--create-dirs") }
        if operation.remoteTime { arguments.add("-R") }
    }

    // MARK: The URL

    private func addURL(_ arguments: inout Arguments) {
        let url = transfer.url
        var login = ""
        if let user = url.encodedUser {
            login = user + (url.encodedPassword.map { ":\($0)" } ?? "") + "@"
        }
        let host =
            url.zone.map { "[\(url.host)%25\($0)]" + (url.port.map { ":\($0)" } ?? "") } ?? url.hostHeader
        let text = "\(url.scheme.isTLS ? "https" : "http")://\(login)\(host)\(url.requestTarget)"
        let bytes = Array(text.utf8)
        let isPattern = bytes.contains { "[]{}".utf8.contains($0) }
        if case .file(let path) = transfer.plan.upload,
            path.utf8.contains(where: { "[]{}".utf8.contains($0) })
        {
            arguments.add("-g")
        } else if isPattern {
            arguments.add("-g")
        }
        arguments.add(bytes, hiding: SecretPlaces.inURL(bytes))
    }
}
