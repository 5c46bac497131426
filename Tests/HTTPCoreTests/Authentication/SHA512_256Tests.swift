import Testing

@testable import HTTPCore

@Suite struct SHA512_256Tests {
    /// FIPS 180-4's own example, and lengths around the ends of blocks.
    @Test(arguments: [
        ("abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"),
        (
            String(repeating: "a", count: 0),
            "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a"
        ),
        (
            String(repeating: "a", count: 111),
            "0239e429f98d0ed61ee8e2a7c30afe98c1c3a80ce5dff62a107e9c538f7632ce"
        ),
        (
            String(repeating: "a", count: 112),
            "9216b5303edb66504570bee90e48ea5beaa5e9fe9f760bbd3e0460559fc005f6"
        ),
        (
            String(repeating: "a", count: 127),
            "2fe3b2a6ee7e12f6fe4ba82166541ad9b4ed882c493581cbe300d68f3757b778"
        ),
        (
            String(repeating: "a", count: 128),
            "b88f97e274f9c1d49f181c8cbd01a9c74930ad055a46ac4499a1d601f1c80bf2"
        ),
        (
            String(repeating: "a", count: 1000),
            "40eb4a70d4d69815407a9e272f0101cd67e3d11262a4a0bfc087712749c7fb53"
        ),
    ])
    func `a message has its hash`(message: String, digest: String) {
        #expect(ASCII.hexadecimal(SHA512_256.digest(Array(message.utf8))) == digest)
    }
}
