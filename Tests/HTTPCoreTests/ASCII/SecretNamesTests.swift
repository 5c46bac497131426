import HTTPCore
import Testing

@Suite struct SecretNamesTests {
    @Test(arguments: [
        "Authorization", "Proxy-Authorization", "cookie", "Set-Cookie", "X-Auth-Token", "Api-Key", "api_key",
        "client-SECRET", "X-Session-Id", "password", "passwd", "passphrase", "aws.access.key", "PrivateKey",
        "X-Credentials", "x-amz-signature", "JWT", "bearer", "key", "auth", "sig", "code", "pwd", "pass",
        "sid",
        "OTP", "p-i-n",
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

    @Test func `any key stays with its origin`() {
        #expect(!SecretNames.contains("Ocp-Apim-Subscription-Key"))
        #expect(SecretNames.staysWithOrigin("Ocp-Apim-Subscription-Key"))
    }
}
