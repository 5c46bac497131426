import Testing

@testable import TLS

/// Lists of ciphers, groups and signatures as OpenSSL names them.
@Suite struct PriorityRequestTests {
    private func configuration(
        _ minimum: TLSVersion = .tls1_2, _ maximum: TLSVersion = .tls1_3,
        _ change: (inout PriorityRequest) -> Void
    ) throws -> TLSConfiguration {
        var request = PriorityRequest()
        change(&request)
        var configuration = TLSConfiguration(minimumVersion: minimum, maximumVersion: maximum)
        try request.apply(to: &configuration)
        return configuration
    }

    private func problem(_ change: (inout PriorityRequest) -> Void) -> PriorityRequest.Problem? {
        do {
            _ = try configuration(.tls1_2, .tls1_3, change)
            return nil
        } catch {
            return error as? PriorityRequest.Problem
        }
    }

    private func priority(_ ciphers: String) throws -> String? {
        try configuration { $0.ciphers = ciphers }.priority
    }

    @Test func `nothing asked changes nothing`() throws {
        #expect(try configuration { _ in } == TLSConfiguration())
    }

    @Test func `suites become key exchanges, ciphers and hashes`() throws {
        #expect(
            try priority("ECDHE-RSA-AES128-GCM-SHA256")
                == "-CIPHER-ALL:+AES-128-GCM:-KX-ALL:+ECDHE-RSA:-MAC-ALL:+AEAD")
        #expect(
            try priority("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
                == "-CIPHER-ALL:+CHACHA20-POLY1305:-KX-ALL:+ECDHE-ECDSA:-MAC-ALL:+AEAD")
        #expect(
            try priority("ecdhe-ecdsa-aes256-gcm-sha384,ECDHE-RSA-AES256-GCM-SHA384 AES256-GCM-SHA384")
                == "-CIPHER-ALL:+AES-256-GCM:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:+RSA:-MAC-ALL:+AEAD")
        #expect(
            try priority("AES128-SHA:AES128-SHA256")
                == "-CIPHER-ALL:+AES-128-CBC:-KX-ALL:+RSA:-MAC-ALL:+SHA1:+SHA256")
    }

    @Test func `a list that would drag in other suites is refused and says which`() {
        let text = "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384"
        #expect(
            problem { $0.ciphers = text }
                == PriorityRequest.Problem(
                    list: .ciphers,
                    text: "cannot be offered without ECDHE-RSA-AES256-GCM-SHA384: GnuTLS chooses by key "
                        + "exchange, cipher and hash"))
        #expect(problem { $0.ciphers = "AES128-SHA:AES256-SHA256" } != nil)
        // There is no ECDHE-RSA-AES128-CCM, so nothing is dragged in.
        #expect(problem { $0.ciphers = "ECDHE-ECDSA-AES128-CCM" } == nil)
    }

    @Test func `every suite alone can be said, and reads back as its name`() throws {
        var count = 0
        for exchange in CipherSuite.exchanges {
            for name in [
                "AES128-GCM-SHA256", "AES256-GCM-SHA384", "CHACHA20-POLY1305", "AES128-CCM", "AES256-CCM8",
                "AES128-SHA", "AES256-SHA", "AES128-SHA256", "AES256-SHA256", "AES256-SHA384", "DES-CBC3-SHA",
            ] {
                let full = exchange == "RSA" ? name : exchange + "-" + name
                guard let suite = CipherSuite(named: full) else { continue }
                count += 1
                #expect(suite.name == full)
                #expect(try priority(full)?.contains("+" + suite.cipher) == true)
            }
        }
        #expect(count == 37)
    }

    @Test func `suites that do not exist and other words are unknown`() {
        for name in [
            "ECDHE-RSA-AES128-CCM", "CHACHA20-POLY1305", "ECDHE-RSA-AES256-SHA256", "RC4-MD5", "nonsense",
            "TLS_RSA_WITH_", "TLS_FOO_WITH_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "@STRENGTH", "!foo",
        ] where !name.hasPrefix("@") {
            #expect(problem { $0.ciphers = name }?.text == "holds '\(name)', which is unknown", "\(name)")
        }
        #expect(problem { $0.ciphers = ":" }?.text == "names no cipher")
        #expect(problem { $0.ciphers = "AES128-SHA:!SHA" }?.text == "excludes everything that it names")
    }

    @Test func `the default minus some stays a part of the default`() throws {
        #expect(try priority("DEFAULT") == nil)
        #expect(try priority("HIGH:!aNULL:!MD5") == nil)
        #expect(try priority("HIGH:!kRSA:!DHE") == "-RSA:-DHE-RSA")
        // A suite that is named beside a class does not narrow it down.
        #expect(try priority("HIGH:AES128-SHA:!DHE") == "-DHE-RSA")
        #expect(
            try priority("AES128-SHA:AES256-SHA:!AES256")
                == "-CIPHER-ALL:+AES-128-CBC:-KX-ALL:+RSA:-MAC-ALL:+SHA1")
    }

    @Test func `a priority string of GnuTLS is taken as it is`() throws {
        for text in [
            "SECURE256", "NORMAL:-VERS-TLS1.3", "+AES-128-CCM", "%SERVER_PRECEDENCE", "@SYSTEM", "NONE:+X",
        ] {
            #expect(try priority(text) == text)
        }
        #expect(
            problem {
                $0.ciphers = "SECURE256"
                $0.tls13Ciphers = "TLS_AES_128_GCM_SHA256"
            }?.list == .tls13Ciphers)
    }

    @Test func `a string that names versions keeps them, another gets those of the configuration`() {
        for text in ["NORMAL:-VERS-TLS1.3", "SECURE256:-VERS-ALL:+VERS-TLS1.2"] {
            #expect(Priorities.text(minimum: .tls1_3, maximum: .tls1_3, priority: text) == text)
        }
        let versions = ":-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
        #expect(Priorities.text(minimum: .tls1_2, maximum: .tls1_3, priority: "PFS") == "PFS" + versions)
        for change in ["+AES-128-CCM", "-AES-128-GCM", "!AES-128-GCM", "%COMPAT"] {
            #expect(
                Priorities.text(minimum: .tls1_2, maximum: .tls1_3, priority: change)
                    == Priorities.standard + ":" + change + versions)
        }
    }

    @Test func `CBC suites alone leave TLS 1.3 out`() throws {
        let cbc = try configuration { $0.ciphers = "AES128-SHA" }
        #expect(cbc.maximumVersion == .tls1_2)
        #expect(try configuration { $0.ciphers = "AES128-GCM-SHA256" }.maximumVersion == .tls1_3)
        #expect(try configuration { $0.ciphers = "HIGH:!AESGCM" }.maximumVersion == .tls1_3)
        #expect(try configuration { $0.ciphers = "HIGH:!AESGCM:!CHACHA20" }.maximumVersion == .tls1_2)
        let only13 = try configuration(.tls1_3) { $0.ciphers = "AES128-SHA" }
        #expect(only13.maximumVersion == .tls1_3 && only13.priority == nil)
    }

    @Test func `ciphers of TLS 1.3 bound those of TLS 1.2 unless these are named`() throws {
        let alone = try configuration {
            $0.tls13Ciphers = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
        }
        #expect(alone.priority == "-CIPHER-ALL:+AES-256-GCM:+CHACHA20-POLY1305")
        let both = try configuration {
            $0.tls13Ciphers = "TLS_AES_128_GCM_SHA256"
            $0.ciphers = "ECDHE-RSA-AES128-GCM-SHA256"
        }
        #expect(both.priority == "-CIPHER-ALL:+AES-128-GCM:-KX-ALL:+ECDHE-RSA:-MAC-ALL:+AEAD")
        #expect(
            problem {
                $0.tls13Ciphers = "TLS_AES_256_GCM_SHA384"
                $0.ciphers = "ECDHE-RSA-AES128-GCM-SHA256"
            }?.list == .tls13Ciphers)
        // Without TLS 1.3 the list means nothing.
        #expect(
            try configuration(.tls1_2, .tls1_2) { $0.tls13Ciphers = "TLS_AES_256_GCM_SHA384" }.priority == nil
        )
        #expect(
            problem { $0.tls13Ciphers = "AES128-SHA" }
                == PriorityRequest.Problem(
                    list: .tls13Ciphers, text: "holds 'AES128-SHA', which is unknown"))
    }

    @Test func `groups and signatures have several names`() throws {
        #expect(
            try configuration { $0.groups = "X25519:p-256:secp521r1" }.priority
                == "-GROUP-ALL:+GROUP-X25519:+GROUP-SECP256R1:+GROUP-SECP521R1")
        #expect(
            try configuration { $0.signatures = "ed25519:RSA+SHA256:ecdsa_secp256r1_sha256" }.priority
                == "-SIGN-ALL:+SIGN-EDDSA-ED25519:+SIGN-RSA-SHA256:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SECP256R1-SHA256"
        )
        #expect(problem { $0.groups = "P-256:P-257" }?.text == "holds 'P-257', which is unknown")
        #expect(problem { $0.signatures = "RSA+MD5" }?.text == "holds 'RSA+MD5', which is unknown")
        #expect(problem { $0.groups = ":" }?.text == "names no group")
        #expect(problem { $0.signatures = "," }?.text == "names no algorithm")
    }

    @Test(arguments: [
        "ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA:AES128-SHA256", "HIGH:!kRSA", "ECDHE-ECDSA-AES256-CCM8",
        "DES-CBC3-SHA",
    ])
    func `GnuTLS understands what is written`(ciphers: String) throws {
        var configuration = try configuration {
            $0.ciphers = ciphers
            $0.groups = "X25519:X448:P-256:P-384:P-521:ffdhe2048:ffdhe3072:ffdhe4096:ffdhe6144:ffdhe8192"
            $0.signatures = [
                "RSA+SHA256:RSA+SHA384:RSA+SHA512:RSA+SHA1:ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ECDSA+SHA1",
                "RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:ed25519:ed448",
            ].joined(separator: ":")
        }
        configuration.verification = .none
        _ = try TLSContext(configuration)
    }
}
