import Connector
import Testing

@testable import FerryCLI

/// What options about TLS make of the configuration for servers and for https proxies.
struct TLSPlannerTests {
    private let files = FakeFiles([
        "ca.pem": "", "crl.pem": "", "/etc/ssl/certs/ca-certificates.crt": "", "rubbish": "no key",
        "/etc/ssl/certs": "", "/d": "", "/e": "",
    ])

    private func operation(
        _ arguments: [String], environment: [String: String] = [:], encrypted: [String] = [],
        asked: @escaping (String) -> String? = { _ in nil }
    ) throws -> Shared<OperationPlan> {
        var planner = Planner(
            settings: try parse(arguments + ["https://h/"], files: files), environment: { environment[$0] },
            fileExists: files.exists, askPassword: asked,
            isEncryptedKey: { path, _ in encrypted.contains(path) })
        return try planner.plan().operations[0]
    }

    private func tls(
        _ arguments: String..., environment: [String: String] = [:]
    ) throws -> TLSConfiguration {
        try operation(arguments, environment: environment).tls.configuration
    }

    private func refusal(_ arguments: String...) -> UsageError? {
        do {
            _ = try operation(arguments)
            return nil
        } catch {
            return error as? UsageError
        }
    }

    @Test func `without options everything is the default`() throws {
        #expect(try tls() == TLSConfiguration())
        #expect(try operation([]).proxy.tls == TLSConfiguration())
    }

    @Test func `trust from options, then from the environment`() throws {
        let bundle = "/etc/ssl/certs/ca-certificates.crt"
        func custom(_ files: [String], _ folders: [String]) -> TLSConfiguration.Trust {
            .custom(files: files, directories: folders, pem: nil)
        }
        let environment = ["CURL_CA_BUNDLE": "/b", "SSL_CERT_FILE": "/f", "SSL_CERT_DIR": "/d:/e"]
        #expect(
            try tls("--cacert", "ca.pem", environment: environment).trust
                == custom(["ca.pem"], ["/etc/ssl/certs"]))
        #expect(
            try tls("--cacert", "ca.pem", "--capath", "/x:/y", environment: environment).trust
                == custom(["ca.pem"], ["/x", "/y"]))
        #expect(try tls("--capath", "/x", environment: environment).trust == custom([bundle], ["/x"]))
        #expect(try tls(environment: environment).trust == custom(["/b"], []))
        #expect(
            try tls(environment: environment.merging(["CURL_CA_BUNDLE": ""]) { $1 }).trust
                == custom(["/f"], ["/d", "/e"]))
        #expect(try tls(environment: ["SSL_CERT_DIR": "/d"]).trust == custom([], ["/d"]))
        // What is not there is left out where a file makes up for it.
        #expect(
            try tls(environment: ["SSL_CERT_FILE": "/f", "SSL_CERT_DIR": "/none"]).trust == custom(["/f"], [])
        )
        #expect(try tls(environment: ["SSL_CERT_DIR": "/none:/d"]).trust == custom([], ["/none", "/d"]))
        let insecure = try tls("-k", "--cacert", "ca.pem", environment: environment)
        // Nobody is checked, but %{ssl_verify_result} says what would have come of it.
        #expect(insecure.trust == custom(["ca.pem"], ["/etc/ssl/certs"]) && insecure.verification == .none)
        #expect(try tls("-k", environment: environment).trust == .system)
    }

    @Test func `pins hold with and without verification`() throws {
        let pin = "sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
        let other = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
        let both = try tls("--pinnedpubkey", pin + ";" + other + ";sha256//x;sha1//y")
        #expect(both.publicKeyPins.map(\.description) == [pin, other])
        #expect(both.verification == .full)
        let insecure = try tls("-k", "--pinnedpubkey", pin)
        #expect(insecure.publicKeyPins.count == 1 && insecure.verification == .none)
    }

    @Test(arguments: [
        ["sha256//short"], ["sha256//x;sha256//y"], ["gone"], ["rubbish"],
    ])
    func `a pin that cannot be one is 90`(value: [String]) {
        for option in ["--pinnedpubkey", "--proxy-pinnedpubkey"] {
            let error = refusal(option, value[0])
            #expect(error?.status == .pinMismatch && error?.flag == option, "\(value)")
        }
    }

    @Test func `versions have a range, and the last minimum counts`() throws {
        #expect(try tls("--tlsv1.3").minimumVersion == .tls1_3)
        #expect(try tls("-1").minimumVersion == .tls1_0)
        #expect(try tls("--tlsv1.0").minimumVersion == .tls1_0)
        #expect(try tls("--tlsv1.3", "--tlsv1.1").minimumVersion == .tls1_1)
        #expect(try tls("--tlsv1.2", "--tls-max", "1.2").maximumVersion == .tls1_2)
        #expect(try tls("--tls-max", "1.2", "--tls-max", "default").maximumVersion == .tls1_3)
        #expect(
            refusal("--tlsv1.3", "--tls-max", "1.2")?.description
                == "option --tls-max: '1.2' is below the oldest version that is accepted (1.3); --tlsv1.2 accepts it"
        )
        #expect(refusal("--tls-max", "1.1")?.status == .usage)
        #expect(
            refusal("--tls-max", "2")?.description
                == "option --tls-max: '2' is not a version of TLS (1.0, 1.1, 1.2, 1.3 or default)")
    }

    @Test func `lists that cannot be offered name their option and have their status`() {
        #expect(
            refusal("--ciphers", "NIX")?.description
                == "option --ciphers: 'NIX' holds 'NIX', which is unknown")
        #expect(refusal("--ciphers", "NIX")?.status == .badCipher)
        #expect(refusal("--tls13-ciphers", "NIX")?.status == .badCipher)
        #expect(refusal("--curves", "NIX")?.status == .badCipher)
        #expect(refusal("--sigalgs", "NIX")?.status == .tlsHandshakeFailed)
        #expect(refusal("--proxy-ciphers", "NIX")?.flag == "--proxy-ciphers")
        #expect(refusal("--proxy-tls13-ciphers", "NIX")?.flag == "--proxy-tls13-ciphers")
    }

    @Test func `extensions can be left out`() throws {
        #expect(try tls("--no-alpn").applicationProtocols == [])
        #expect(try tls("--no-alpn", "--alpn").applicationProtocols == ["http/1.1"])
        #expect(try !tls("--no-sessionid").resumesSessions)
        #expect(try tls("--cert-status").requiresGoodStatus)
    }

    @Test func `client certificates have types and passwords`() throws {
        let p12 = try tls("-E", "c.p12:one", "--cert-type", "p12", "--pass", "two").clientIdentity
        #expect(p12 == ClientIdentity(certificate: "c.p12", password: "two", format: .p12))
        let mixed = try tls("-E", "c.der", "--cert-type", "DER", "--key", "k.pem").clientIdentity
        #expect(mixed == ClientIdentity(certificate: "c.der", key: "k.pem", format: .der, keyFormat: .pem))
        let key = try tls("-E", "c.pem", "--key", "k.der", "--key-type", "der").clientIdentity
        #expect(key == ClientIdentity(certificate: "c.pem", key: "k.der", format: .pem, keyFormat: .der))
        #expect(refusal("--key", "k")?.description == "option --key: needs --cert")
        #expect(refusal("--proxy-key", "k")?.description == "option --proxy-key: needs --proxy-cert")
        for type in ["ENG", "prov", "X"] {
            #expect(refusal("--cert-type", type)?.status == .clientCertificate)
            #expect(refusal("--key-type", type)?.status == .clientCertificate)
            #expect(refusal("--proxy-cert-type", type)?.status == .clientCertificate)
            #expect(refusal("--proxy-key-type", type)?.status == .clientCertificate)
        }
        #expect(refusal("--key-type", "P12")?.status == .clientCertificate)
        #expect(
            refusal("--cert-type", "ENG")?.description
                == "option --cert-type: 'ENG' is for OpenSSL's engines and providers only "
                + "(PEM, DER or P12; a pkcs11: URI needs no type)")
    }

    @Test func `the password of an encrypted key is asked for once it may be needed`() throws {
        var prompts: [String] = []
        func password(_ arguments: [String]) throws -> String? {
            try operation(
                arguments, encrypted: ["k.pem", "c.pem", "k.der"],
                asked: {
                    prompts.append($0)
                    return "typed"
                }
            ).tls.configuration.clientIdentity?.password
        }
        #expect(try password(["-E", "c.pem"]) == "typed")
        #expect(try password(["-E", "x.pem", "--key", "k.pem"]) == "typed")
        #expect(try password(["-E", "x.pem", "--key", "k.der", "--key-type", "DER"]) == "typed")
        #expect(try password(["-E", "c.pem:given"]) == "given")
        #expect(try password(["-E", "c.pem", "--pass", "given"]) == "given")
        #expect(try password(["-E", "x.pem"]) == nil)
        #expect(try password(["-E", "c.pem", "--cert-type", "P12"]) == nil)
        #expect(
            prompts == [
                "Enter the password of the private key 'c.pem':",
                "Enter the password of the private key 'k.pem':",
                "Enter the password of the private key 'k.der':",
            ])
    }

    @Test func `an https proxy has values of its own`() throws {
        let operation = try operation([
            "-k", "--cacert", "ca.pem", "--ciphers", "SECURE256", "--tlsv1.3", "-E", "c.pem",
            "--proxy-crlfile", "crl.pem", "--proxy-tlsv1", "--proxy-cert", "p.p12:x", "--proxy-cert-type",
            "P12", "--proxy-ciphers", "SECURE128",
        ])
        let proxy = operation.proxy.tls
        #expect(proxy.verification == .full && proxy.trust == .system)
        #expect(proxy.revocationLists == ["crl.pem"] && proxy.minimumVersion == .tls1_0)
        #expect(proxy.priority == "SECURE128")
        #expect(
            proxy.clientIdentity == ClientIdentity(certificate: "p.p12", password: "x", format: .p12))
        #expect(operation.tls.configuration.priority == "SECURE256")
        #expect(try self.operation(["--proxy-insecure"]).proxy.tls.verification == .none)
        #expect(
            try self.operation(["--proxy-cacert", "ca.pem", "--capath", "/x"]).proxy.tls.trust
                == .custom(files: ["ca.pem"], directories: ["/x"], pem: nil))
        #expect(
            try self.operation(["--proxy-cacert", "ca.pem", "--proxy-capath", "/y", "--capath", "/x"]).proxy
                .tls.trust == .custom(files: ["ca.pem"], directories: ["/y"], pem: nil))
    }

    @Test func `missing files are named at once`() {
        for option in ["--crlfile", "--proxy-crlfile", "--proxy-cacert"] {
            #expect(refusal(option, "gone")?.status == .usage)
        }
        #expect(
            refusal("--crlfile", "gone")?.description
                == "option --crlfile: 'gone' does not exist (a file of PEM revocation lists is needed)")
    }
}
