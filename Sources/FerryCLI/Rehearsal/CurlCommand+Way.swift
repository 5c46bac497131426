import Connector
import HTTPCore

// The way to the server, and what is asked of it.
extension CurlCommand {
    func addWay(_ arguments: inout Arguments) {
        if let socket = transfer.socket {
            if socket.hasPrefix("@") {
                arguments.add("--abstract-unix-socket", String(socket.dropFirst()))
            } else {
                arguments.add("--unix-socket", socket)
            }
        }
        switch operation.addressFamily {
        case nil, .any: break
        case .ipv4: arguments.add("-4")
        case .ipv6: arguments.add("-6")
        }
        if let local = operation.localAddress {
            arguments.add("--interface", local.address)
            arguments.add("--local-port", local.port.flatMap { $0 > 0 ? String($0) : nil })
        }
        switch operation.sockets.interface {
        case nil: break
        case .any(let name)?: arguments.add("--interface", name)
        case .interface(let name)?: arguments.add("--interface", "if!\(name)")
        case .host(let name)?: arguments.add("--interface", "host!\(name)")
        case .hostOnInterface(let host, let interface)?:
            arguments.add("--interface", "ifhost!\(interface)!\(host)")
        }
        if let ports = operation.sockets.localPorts {
            arguments.add("--local-port", "\(ports.lowerBound)-\(ports.upperBound)")
        }
        for entry in operation.resolve { arguments.add("--resolve", Self.text(entry)) }
        for entry in operation.connectTo { arguments.add("--connect-to", Self.text(entry)) }
        for file in operation.hsts { arguments.add("--hsts", file) }
        if operation.proxyOptions.announcedClient != nil {
            arguments.add("--haproxy-clientip", operation.proxyOptions.announcedClient)
        } else if operation.proxyOptions.announcesClient {
            arguments.add("--haproxy-protocol")
        }
    }

    private static func bracketed(_ host: String) -> String { host.contains(":") ? "[\(host)]" : host }

    private static func text(_ entry: ResolveEntry) -> String {
        let place = "\(bracketed(entry.host)):\(entry.port)"
        if entry.removes { return "-\(place)" }
        return (entry.expires ? "+" : "") + place + ":"
            + entry.addresses.map(bracketed).joined(separator: ",")
    }

    private static func text(_ entry: ConnectToEntry) -> String {
        [
            entry.fromHost.map(bracketed), entry.fromPort.map(String.init), entry.toHost.map(bracketed),
            entry.toPort.map(String.init),
        ].map { $0 ?? "" }.joined(separator: ":")
    }

    // MARK: TLS

    /// What was said of TLS to one kind of peer; `prefix` is what the names of the options begin with.
    func addTLS(_ tls: TLSSettings, prefix: String, _ arguments: inout Arguments) {
        if tls.insecure { arguments.add(prefix == "--" ? "-k" : prefix + "insecure") }
        for (name, value) in [
            ("cacert", tls.caFile), ("capath", tls.caFolder), ("crlfile", tls.revocationList),
            ("cert-type", tls.certificateType?.rawValue), ("key", tls.keyFile),
            ("key-type", tls.keyType?.rawValue),
            ("ciphers", tls.ciphers), ("tls13-ciphers", tls.tls13Ciphers), ("curves", tls.curves),
            ("tls-max", tls.maximumVersion?.rawValue),
        ] { arguments.add(prefix + name, value) }
        if let certificate = tls.certificate {
            // A colon would end the name.
            let path = certificate.path.map { $0 == ":" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
            arguments.add(prefix + "cert", path)
        }
        if let password = tls.password ?? tls.certificate?.password {
            let bytes = CarriedText.bytes(of: password).bytes
            arguments.add(prefix + "pass", bytes, hiding: SecretPlaces.whole(bytes, "KEY_PASSWORD"))
        }
        if !tls.publicKeyPins.isEmpty {
            let pins = tls.publicKeyPins.map { "sha256//\(Base64.encode($0))" }
            arguments.add(prefix + "pinnedpubkey", pins.joined(separator: ";"))
        }
        if let version = tls.minimumVersion { arguments.add("\(prefix)tlsv\(version.rawValue)") }
        if tls.alpn == false { arguments.add("--no-alpn") }
        if tls.sessions == false { arguments.add("--no-sessionid") }
        if tls.requiresStatus { arguments.add("--cert-status") }
        if prefix == "--", !operation.fingerprints.isEmpty { arguments.omitted.append("--fingerprint") }
    }

    // MARK: Proxy

    func addProxy(_ arguments: inout Arguments) {
        guard let proxy = transfer.proxy else {
            // The environment, which curl reads as well, may name one.
            if transfer.operation.proxy.isPossible || operation.proxy != nil {
                arguments.add("--noproxy", "*")
            }
            return
        }
        if let preproxy = proxy.preproxy { addPreproxy(preproxy, &arguments) }
        arguments.add(proxy.connectsWithHTTP10 ? "--proxy1.0" : "-x", proxy.description)
        arguments.add("--noproxy", operation.noProxy)
        if let user = proxy.user {
            let login = Credentials(user: user, password: proxy.password ?? "")
            add("-U", login, prefix: "PROXY_", &arguments)
        }
        let schemes = operation.login.proxySchemes
        if schemes == [.basic, .digest] {
            arguments.add("--proxy-anyauth")
        } else if schemes == .digest {
            arguments.add("--proxy-digest")
        }
        if operation.proxyTunnel { arguments.add("-p") }
        if !proxy.sendsLogin { arguments.add("--no-socks5-basic") }
        for header in operation.proxyOptions.headers {
            switch header {
            case .removal(let name): arguments.add("--proxy-header", "\(name):")
            case .blank(let name): arguments.add("--proxy-header", "\(name);")
            case .field: if let field = header.field { add("--proxy-header", field, &arguments) }
            }
        }
        if operation.proxyOptions.hidesConnectAnswers { arguments.add("--suppress-connect-headers") }
        if proxy.kind == .https { addTLS(operation.proxyTLS, prefix: "--proxy-", &arguments) }
        // ferry names itself to the proxy, too.
        let isNamed = operation.proxyOptions.headers.contains { $0.isNamed("User-Agent") }
        if proxy.tunnels(toTLS: transfer.url.scheme.isTLS), !proxy.kind.isSOCKS, !isNamed,
            operation.headers.contains(where: { $0.isNamed("User-Agent") })
        {
            arguments.add("-A", operation.userAgent ?? Ferry.userAgent)
        }
    }

    private func addPreproxy(_ proxy: Proxy, _ arguments: inout Arguments) {
        var text = proxy.description
        if let user = proxy.user, let mark = text.range(behind: "://") {
            let login = [user, proxy.password ?? ""].map { PercentCoding.encode($0.bytes) }
            text.insert(contentsOf: login.joined(separator: ":") + "@", at: mark)
        }
        let bytes = Array(text.utf8)
        arguments.add("--preproxy", bytes, hiding: SecretPlaces.inURL(bytes))
    }
}

extension String {
    /// The place behind the first `mark`; nil without one.
    fileprivate func range(behind mark: String) -> String.Index? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(mark) { return index(rest.startIndex, offsetBy: mark.count) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
