import HTTPCore
import Testing

@Suite struct SecretNamesTests {
    @Test(arguments: [
        "Authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "X-Auth-Token", "Api-Key", "api_key",
        "client-SECRET", "X-Session-Id", "password", "passwd", "passphrase", "aws.access.key", "PrivateKey",
        "X-Credentials", "x-amz-signature", "JWT", "bearer", "key", "auth", "sig", "code", "pwd", "pass",
        "sid",
        "OTP", "p-i-n", "to\u{212A}en", "\u{E9}token\u{301}", "-_. \tkey",
    ])
    func `the name of a secret`(_ name: String) {
        #expect(SecretNames.contains(name))
        #expect(SecretNames.staysWithOrigin(name))
    }

    @Test(arguments: ["Accept", "X-Request-Id", "Content-Type", "author", "postcode", "pins", "design", ""])
    func `the name of something else`(_ name: String) {
        #expect(!SecretNames.contains(name))
        #expect(!SecretNames.staysWithOrigin(name))
    }

    @Test(arguments: SecretNames.parts)
    func `a part of a name makes it secret, wherever it is`(part: String) {
        for name in [
            part, "x" + part, part + "x", "x" + part + "x", part.uppercased(), part + part, "x-" + part,
        ] {
            #expect(SecretNames.contains(name), "\(name)")
        }
        for name in [String(part.dropFirst()), String(part.dropLast())]
        where !SecretNames.names.contains(name) {
            #expect(!SecretNames.contains(name), "\(name)")
        }
    }

    @Test func `any key stays with its origin`() {
        #expect(!SecretNames.contains("Ocp-Apim-Subscription-Key"))
        #expect(SecretNames.staysWithOrigin("Ocp-Apim-Subscription-Key"))
    }
}
