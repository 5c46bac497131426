import Connector
import HTTPClient
import HTTPCore

/// What `--dry-run` says of a transfer: the way, the file and the limits, a line each, and then the request, each line of it
/// behind an angle bracket. Pure.
struct RehearsalText {
    private let transfer: RehearsedTransfer
    private let run: RunPlan
    private let secrets: Secrets

    init(_ transfer: RehearsedTransfer, run: RunPlan, secrets: Secrets) {
        self.transfer = transfer
        self.run = run
        self.secrets = secrets
    }

    private var operation: Shared<OperationPlan> { transfer.operation }
    private var url: HTTPURL { transfer.url }

    var bytes: [UInt8] {
        get throws {
            var text = "\(transfer.request.method) \(secrets.url(url))\n"
            for (name, value) in [
                ("address", address), ("proxy", proxy), ("tls", tls), ("output", output),
                ("limits", limits.joined(separator: ", ")), ("body", body),
            ] {
                if let value { text += "  \(name)\(String(repeating: " ", count: 9 - name.count))\(value)\n" }
            }
            // The URL is hidden by its names already; a value may stand in anything.
            return Array(secrets.text(text).utf8) + quoted(secrets.head(try transfer.head)) + content
        }
    }

    // MARK: The way

    private var address: String {
        if let socket = transfer.socket { return "the Unix socket \(socket)" }
        var host = url.zone.map { "\(url.host)%\($0)" } ?? url.host
        var port = url.effectivePort
        var reason = ""
        if let proxy = transfer.proxy?.nearest {
            if let path = proxy.socketPath { return "the Unix socket \(path), where the proxy is" }
            (host, port, reason) = (proxy.host, proxy.port, ", where the proxy is")
        } else if case .unixSocket(let path)? = transfer.dial {
            return "the Unix socket \(path)"
        } else if case .peer(let other, let otherPort)? = transfer.dial {
            (host, port, reason) = (other, otherPort, " (--connect-to)")
        }
        return addresses(of: host, port) + reason + origin
    }

    private func addresses(of host: String, _ port: UInt16) -> String {
        let family = transfer.connector.options.addressFamily
        if let entry = transfer.connector.resolve.entry(host: host, port: port) {
            return "\(list(entry.addresses)), port \(port) (--resolve)"
        }
        if IPAddress(host) != nil { return "\(host), port \(port)" }
        if SystemResolver.isLocalhost(host) {
            let loopback = [("::1", AddressFamily.ipv4), ("127.0.0.1", .ipv6)].filter { $0.1 != family }.map(
                \.0)
            return "\(list(loopback)), port \(port)"
        }
        let kind =
            switch family {
            case .any: ""
            case .ipv4: "IPv4 "
            case .ipv6: "IPv6 "
            }
        return "the \(kind)addresses that the system has for \(host), port \(port)"
    }

    private func list(_ addresses: [String]) -> String {
        guard addresses.count > 1 else { return addresses.first ?? "" }
        return addresses.joined(separator: " and ") + ", raced"
    }

    private var origin: String {
        let options = transfer.connector.options
        var text = ""
        if let local = options.localAddress { text += ", from \(local)" }
        switch options.localInterface {
        case nil: break
        case .any(let name)?, .interface(let name)?, .host(let name)?: text += ", from \(name)"
        case .hostOnInterface(let host, let interface)?: text += ", from \(host) on \(interface)"
        }
        if let ports = options.localPorts {
            text += ", from port \(ports.lowerBound)"
            if ports.count > 1 { text += " to \(ports.upperBound)" }
        }
        return text
    }

    private var proxy: String {
        let reason = operation.proxy.reason(for: url, hasSocket: transfer.socket != nil)
        guard let proxy = transfer.proxy else { return "none: \(reason)" }
        let way = transfer.usesAbsoluteForm ? "asked for the whole URL" : "through a tunnel"
        let before = proxy.preproxy.map { ", reached by \($0)" } ?? ""
        return "\(proxy)\(before), \(way), named by \(reason)"
    }

    private var tls: String? {
        guard url.scheme.isTLS else { return nil }
        let tls = operation.tls.configuration
        if !tls.fingerprints.isEmpty { return "the certificate must be one of --fingerprint" }
        let pins = tls.publicKeyPins.isEmpty ? "" : ", its key must be one of --pinnedpubkey"
        return (tls.verification == .none ? "the certificate is not checked" : "the certificate is checked")
            + pins
    }

    // MARK: The file

    private var output: String {
        switch transfer.plan.destination {
        case .standardOutput, .memory: return "standard output"
        case .nowhere: return "nowhere"
        case .file, .remoteName: break
        }
        guard let path = transfer.path else { return "a file whose name the URL does not tell" }
        var text = TerminalText.escapedLine(path)
        if FileSink.isNullDevice(path) { return text }
        let output = operation.output
        if output.usesServerName { text += ", unless the server names it (-J)" }
        guard FileSink.exists(path) else { return text + (transfer.offset > 0 ? beginning : ", new") }
        if output.skipsExisting { return text + ", which is there: nothing is fetched (--skip-existing)" }
        switch output.placement {
        case .overwrite, .replaceName:
            return text + (output.isAtomic ? ", replaced when the new one is whole" : ", written over")
        case .numbered: return text + ", which is there: a number is put behind the name"
        case .append: return text + beginning
        case .createNew: return text
        }
    }

    private var beginning: String { transfer.offset > 0 ? ", from byte \(transfer.offset) on" : "" }

    // MARK: Limits

    private var limits: [String] {
        var limits: [String] = []
        func add(_ duration: Duration?, _ text: String) {
            if let duration { limits.append("\(CurlCommand.seconds(duration)) s \(text)") }
        }
        add(operation.connectTimeout, "to connect")
        add(operation.maxTime, "in all")
        if let floor = operation.speedFloor {
            limits.append(
                "no slower than \(floor.bytesPerSecond) bytes/s for \(CurlCommand.seconds(floor.duration)) s")
        }
        if let size = operation.maxFileSize { limits.append("at most \(size) bytes") }
        if let rate = operation.limitRate { limits.append("at most \(rate) bytes/s") }
        limits.append(
            operation.redirects.map {
                $0.limit.map { "at most \($0) redirects" } ?? "any number of redirects"
            }
                ?? "no redirects")
        limits.append(operation.retry.limit == 0 ? "no retries" : "at most \(operation.retry.limit) retries")
        guard run.isParallel else { return limits }
        let base = transfer.connector.options.base
        if let limit = base.limit, limit > 0 { limits.append("at most \(limit) connections") }
        if let limit = base.limitPerHost, limit > 0 { limits.append("at most \(limit) to a host") }
        return limits
    }

    // MARK: The body

    private var body: String? {
        guard !transfer.body.isEmpty else { return nil }
        let size = transfer.length.map { "\($0) \($0 == 1 ? "byte" : "bytes")" } ?? "of unknown length"
        if case .chunked = transfer.request.body { return size + ", in chunks" }
        return transfer.request.continueTimeout == nil ? size : size + ", when the server agrees"
    }

    /// The bytes that are at hand; what is not is named in parentheses.
    private var content: [UInt8] {
        guard !transfer.body.isEmpty else { return [] }
        let type = transfer.request.fields.first { $0.isNamed("Content-Type") }?.value
        var result: [UInt8] = []
        var stream = secrets.stream(type: type)
        for piece in transfer.body {
            switch piece {
            case .bytes(let bytes):
                let shown = stream.map { _ in bytes.withUnsafeBytes { stream?.next($0) ?? [] } } ?? bytes
                result += shown
            case .file(let name, let length):
                result += stream?.end() ?? []
                let size = length.map { "\($0) bytes of " } ?? ""
                result += "(\(size)\(TerminalText.escapedLine(secrets.text(name))))".utf8
            }
        }
        result += stream?.end() ?? []
        guard !result.contains(0) else {
            return quoted(Array("(\(result.count) bytes that are no text)".utf8))
        }
        return quoted(result)
    }

    /// Each line behind an angle bracket, without its CR.
    private func quoted(_ bytes: [UInt8]) -> [UInt8] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        var result: [UInt8] = []
        for line in lines {
            let content = line.last == 0x0D ? line.dropLast() : line
            result += content.isEmpty ? [UInt8(ascii: ">")] : [UInt8(ascii: ">"), 0x20] + content
            result.append(0x0A)
        }
        return result
    }
}
