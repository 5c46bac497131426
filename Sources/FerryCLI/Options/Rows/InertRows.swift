/// Options of curl that do nothing here or are refused.
extension OptionID {
    /// The options without effect: form, effect, reason.
    var inert: InertOption? {
        switch self {
        // What other versions of HTTP would need.
        case .altSvc:
            .warned(.value("file", [.file, .mayBeBlank]), "its hints lead to HTTP/2 and HTTP/3")
        case .http2: .warned(.flag, "HTTP/1.1 is spoken, as when a server declines")
        case .http2PriorKnowledge: .refused(.flag, "only HTTP/1.x is spoken")
        case .http3: .warned(.flag, "HTTP/1.1 is spoken, as when a server declines")
        case .http3Only: .refused(.flag, "only HTTP/1.x is spoken")
        case .parallelImmediate: .ignored(.toggle, "connections are never multiplexed")
        case .proxyHTTP2: .warned(.toggle, "the proxy is spoken to in HTTP/1.1")
        case .proxyHTTP3: .refused(.toggle, "only HTTP/1.x is spoken")
        // Names.
        case .dnsInterface: .refused(.value("interface"), "the system looks up names")
        case .dnsIPv4Addr: .refused(.value("ip"), "the system looks up names")
        case .dnsIPv6Addr: .refused(.value("ip"), "the system looks up names")
        case .dnsServers: .refused(.value("ip,ip"), "the system looks up names")
        case .dohCertStatus: .ignored(.toggle, "there is no DNS over HTTPS")
        case .dohInsecure: .ignored(.toggle, "there is no DNS over HTTPS")
        case .dohURL:
            .refused(.value("url", .mayBeBlank), "there is no DNS over HTTPS", but: [("", .ignored)])
        // TLS.
        case .caNative: .ignored(.toggle, "the system's trust is the default")
        case .dumpCAEmbed:
            InertOption(
                form: .flag, effect: .prints(""), reason: "prints nothing: no certificates are built in")
        case .ech:
            .refused(
                .value("mode"), "GnuTLS has no Encrypted Client Hello",
                but: [("false", .ignored), ("grease", .warned)])
        case .egdFile: .warned(.value("file", .file), "GnuTLS finds its own entropy")
        case .engine:
            .refused(
                .value("name"), "GnuTLS has no engines",
                but: [("list", .prints("Build-time engines:\n  <none>\n"))])
        case .falseStart: .warned(.toggle, "GnuTLS has no false start")
        case .npn: .warned(.untoggle, "ALPN took the place of NPN")
        case .proxyCANative: .ignored(.toggle, "the system's trust is the default")
        case .proxySSLAllowBeast: .ignored(.toggle, "GnuTLS has its own defence")
        case .proxyTlsauthtype: .warned(.value("type"), "TLS-SRP is gone from TLS")
        case .proxyTlspassword: .warned(.value("text", [.secret, .mayBeBlank]), "TLS-SRP is gone from TLS")
        case .proxyTlsuser: .warned(.value("name", .secret), "TLS-SRP is gone from TLS")
        case .randomFile: .warned(.value("file", .file), "GnuTLS finds its own entropy")
        case .sslAllowBeast: .ignored(.toggle, "GnuTLS has its own defence")
        case .sslv2: .warned(.flag, "SSL 2 is insecure and gone")
        case .sslv3: .warned(.flag, "SSL 3 is insecure and gone")
        case .tlsEarlydata: .ignored(.toggle, "no early data is sent, which is safer")
        case .tlsauthtype: .warned(.value("type"), "TLS-SRP is gone from TLS")
        case .tlspassword: .warned(.value("text", [.secret, .mayBeBlank]), "TLS-SRP is gone from TLS")
        case .tlsuser: .warned(.value("name", .secret), "TLS-SRP is gone from TLS")
        // Logins.
        case .delegation: .warned(.value("level"), "there is no Kerberos login")
        case .krb: .warned(.value("level"), "there is no Kerberos login")
        case .negotiate: .refused(.toggle, "there is no Kerberos login")
        case .ntlm: .refused(.toggle, "NTLM is insecure and not built in")
        case .ntlmWb: .warned(.toggle, "NTLM is insecure and not built in")
        case .proxyNegotiate: .refused(.toggle, "there is no Kerberos login")
        case .proxyNTLM: .refused(.toggle, "NTLM is insecure and not built in")
        case .proxyServiceName: .warned(.value("name"), "there is no Kerberos login")
        case .serviceName: .warned(.value("name"), "there is no Kerberos login")
        case .socks5Gssapi: .refused(.toggle, "there is no Kerberos login")
        case .socks5GssapiNec: .warned(.toggle, "there is no Kerberos login")
        case .socks5GssapiService: .warned(.value("name"), "there is no Kerberos login")
        // The rest.
        case .libcurl: .warned(.value("file", .file), "no C source is written")
        case .metalink: .warned(.toggle, "Metalink is gone from curl, too")
        case .useAscii: .ignored(.toggle, "text is not converted")
        // Other protocols.
        case .append: .foreign(.toggle, "FTP and SFTP")
        case .compressedSSH: .foreign(.toggle, "SCP and SFTP")
        case .createFileMode: .foreign(.value("mode", [], .fileMode), "SFTP, SCP and FILE")
        case .crlf: .foreign(.toggle, "FTP and SMTP")
        case .disableEPRT: .foreign(.toggle, "FTP")
        case .disableEPSV: .foreign(.toggle, "FTP")
        case .ftpAccount: .foreign(.value("data"), "FTP")
        case .ftpAlternativeToUser: .foreign(.value("command"), "FTP")
        case .ftpCreateDirs: .foreign(.toggle, "FTP and SFTP")
        case .ftpMethod: .foreign(.value("method"), "FTP")
        case .ftpPasv: .foreign(.flag, "FTP")
        case .ftpPort: .foreign(.value("address"), "FTP")
        case .ftpPret: .foreign(.toggle, "FTP")
        case .ftpSkipPasvIP: .foreign(.toggle, "FTP")
        case .ftpSSLCCC: .foreign(.toggle, "FTP")
        case .ftpSSLCCCMode: .foreign(.value("active|passive"), "FTP")
        case .ftpSSLControl: .foreign(.toggle, "FTP")
        case .hostpubmd5: .foreign(.value("md5", [], .md5), "SCP and SFTP")
        case .hostpubsha256: .foreign(.value("sha256"), "SCP and SFTP")
        case .ipfsGateway: .foreign(.value("url"), "IPFS")
        case .knownhosts: .foreign(.value("file", .file), "SCP and SFTP")
        case .listOnly: .foreign(.toggle, "FTP, SFTP, POP3 and FILE")
        case .loginOptions: .foreign(.value("options", .mayBeBlank), "mail and LDAP")
        case .mailAuth: .foreign(.value("address", .mayBeBlank), "SMTP")
        case .mailFrom: .foreign(.value("address", .mayBeBlank), "SMTP")
        case .mailRcpt: .foreign(.value("address", .mayBeBlank), "SMTP")
        case .mailRcptAllowfails: .foreign(.toggle, "SMTP")
        case .proxySSLAutoClientCert: .foreign(.toggle, "Schannel, the TLS of Windows")
        case .pubkey: .foreign(.value("file", .file), "SCP and SFTP")
        case .quote: .foreign(.value("command", .mayBeBlank), "FTP and SFTP")
        case .saslAuthzid: .foreign(.value("identity"), "mail and LDAP")
        case .saslIR: .foreign(.toggle, "mail and LDAP")
        case .ssl: .foreign(.toggle, "STARTTLS of mail, LDAP and FTP")
        case .sslAutoClientCert: .foreign(.toggle, "Schannel, the TLS of Windows")
        case .sslNoRevoke: .foreign(.toggle, "Schannel, the TLS of Windows")
        case .sslReqd: .foreign(.toggle, "STARTTLS of mail, LDAP and FTP")
        case .sslRevokeBestEffort: .foreign(.toggle, "Schannel, the TLS of Windows")
        case .telnetOption: .foreign(.value("option=value", .mayBeBlank), "TELNET")
        case .tftpBlksize: .foreign(.value("bytes", [], .number), "TFTP")
        case .tftpNoOptions: .foreign(.toggle, "TFTP")
        case .uploadFlags: .foreign(.value("flags"), "IMAP")
        default: nil
        }
    }
}
