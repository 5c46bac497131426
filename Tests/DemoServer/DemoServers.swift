import Glibc
import TestSupport

/// The demo server's three doors: plain TCP, TLS and a Unix socket.
struct DemoServers {
    let plain: ScriptedServer
    let tls: ScriptedServer
    let unix: ScriptedServer
    let directory: TemporaryDirectory
    let certificateFile: String
    let fingerprint: String
    var socketPath: String { directory.file("demo.sock") }

    init() throws {
        directory = try TemporaryDirectory()
        let certificate = TestCertificates.leaf(names: ["localhost"], addresses: ["127.0.0.1"])
        certificateFile = try directory.write(certificate.certificatePEM, to: "demo.pem")
        fingerprint = certificate.sha256
        plain = try ScriptedServer(handler: DemoSite.answer)
        tls = try ScriptedServer(tls: ServerTLS(certificate), handler: DemoSite.answer)
        unix = try ScriptedServer(on: .unix(directory.file("demo.sock")), handler: DemoSite.answer)
    }

    /// `KEY=value` lines that a shell can `eval`.
    var addresses: String {
        """
        HTTP=http://\(plain.authority)
        HTTPS=https://\(tls.authority)
        CACERT=\(certificateFile)
        FINGERPRINT=\(fingerprint)
        SOCKET=\(socketPath)

        """
    }

    func stop() {
        plain.stop()
        tls.stop()
        unix.stop()
        directory.remove()
    }
}
