/// Options of curl that do nothing here or are refused: form, effect, reason.
enum InertGroup {
    static func options(_ table: inout OptionSearch) {
        // What other versions of HTTP would need.
        table.inert(
            "alt-svc",
            is: .warned(.value("file", [.file, .mayBeBlank]), "its hints lead to HTTP/2 and HTTP/3"))
        table.inert("http2", is: .warned(.action, "HTTP/1.1 is spoken, as when a server declines"))
        table.inert("http2-prior-knowledge", is: .refused(.action, "only HTTP/1.x is spoken"))
        table.inert("http3", is: .warned(.action, "HTTP/1.1 is spoken, as when a server declines"))
        table.inert("http3-only", is: .refused(.action, "only HTTP/1.x is spoken"))
        table.inert(
            "parallel-immediate", scope: .global, is: .ignored(.toggle, "connections are never multiplexed"))
        table.inert("proxy-http2", is: .warned(.toggle, "the proxy is spoken to in HTTP/1.1"))
        table.inert("proxy-http3", is: .refused(.toggle, "only HTTP/1.x is spoken"))
        // Names.
        table.inert("dns-interface", is: .refused(.value("interface"), "the system looks up names"))
        table.inert("dns-ipv4-addr", is: .refused(.value("ip"), "the system looks up names"))
        table.inert("dns-ipv6-addr", is: .refused(.value("ip"), "the system looks up names"))
        table.inert("dns-servers", is: .refused(.value("ip,ip"), "the system looks up names"))
        table.inert("doh-cert-status", is: .ignored(.toggle, "there is no DNS over HTTPS"))
        table.inert("doh-insecure", is: .ignored(.toggle, "there is no DNS over HTTPS"))
        table.inert(
            "doh-url",
            is: .refused(.value("url", .mayBeBlank), "there is no DNS over HTTPS", but: [("", .ignored)]))
        // TLS.
        table.inert("ca-native", is: .ignored(.toggle, "the system's trust is the default"))
        table.inert(
            "dump-ca-embed",
            is: InertOption(
                form: .action, effect: .prints(""), reason: "prints nothing: no certificates are built in"))
        table.inert(
            "ech",
            is: .refused(
                .value("mode"), "GnuTLS has no Encrypted Client Hello",
                but: [("false", .ignored), ("grease", .warned)]))
        table.inert("egd-file", is: .warned(.value("file", .file), "GnuTLS finds its own entropy"))
        table.inert(
            "engine",
            is: .refused(
                .value("name"), "GnuTLS has no engines",
                but: [("list", .prints("Build-time engines:\n  <none>\n"))]))
        table.inert("false-start", is: .warned(.toggle, "GnuTLS has no false start"))
        table.inert("npn", is: .warned(.toggleOnByDefault, "ALPN took the place of NPN"))
        table.inert("proxy-ca-native", is: .ignored(.toggle, "the system's trust is the default"))
        table.inert("proxy-ssl-allow-beast", is: .ignored(.toggle, "GnuTLS has its own defence"))
        table.inert("proxy-tlsauthtype", is: .warned(.value("type"), "TLS-SRP is gone from TLS"))
        table.inert(
            "proxy-tlspassword",
            is: .warned(.value("text", [.secret, .mayBeBlank]), "TLS-SRP is gone from TLS"))
        table.inert("proxy-tlsuser", is: .warned(.value("name", .secret), "TLS-SRP is gone from TLS"))
        table.inert("random-file", is: .warned(.value("file", .file), "GnuTLS finds its own entropy"))
        table.inert("ssl-allow-beast", is: .ignored(.toggle, "GnuTLS has its own defence"))
        table.inert("sslv2", "2", is: .warned(.action, "SSL 2 is insecure and gone"))
        table.inert("sslv3", "3", is: .warned(.action, "SSL 3 is insecure and gone"))
        table.inert("tls-earlydata", is: .ignored(.toggle, "no early data is sent, which is safer"))
        table.inert("tlsauthtype", is: .warned(.value("type"), "TLS-SRP is gone from TLS"))
        table.inert(
            "tlspassword", is: .warned(.value("text", [.secret, .mayBeBlank]), "TLS-SRP is gone from TLS"))
        table.inert("tlsuser", is: .warned(.value("name", .secret), "TLS-SRP is gone from TLS"))
        // Logins.
        table.inert("delegation", is: .warned(.value("level"), "there is no Kerberos login"))
        table.inert("krb", alias: "krb4", is: .warned(.value("level"), "there is no Kerberos login"))
        table.inert("negotiate", is: .refused(.toggle, "there is no Kerberos login"))
        table.inert("ntlm", is: .refused(.toggle, "NTLM is insecure and not built in"))
        table.inert("ntlm-wb", is: .warned(.toggle, "NTLM is insecure and not built in"))
        table.inert("proxy-negotiate", is: .refused(.toggle, "there is no Kerberos login"))
        table.inert("proxy-ntlm", is: .refused(.toggle, "NTLM is insecure and not built in"))
        table.inert("proxy-service-name", is: .warned(.value("name"), "there is no Kerberos login"))
        table.inert("service-name", is: .warned(.value("name"), "there is no Kerberos login"))
        table.inert("socks5-gssapi", is: .refused(.toggle, "there is no Kerberos login"))
        table.inert("socks5-gssapi-nec", is: .warned(.toggle, "there is no Kerberos login"))
        table.inert("socks5-gssapi-service", is: .warned(.value("name"), "there is no Kerberos login"))
        // The rest.
        table.inert("libcurl", scope: .global, is: .warned(.value("file", .file), "no C source is written"))
        table.inert("metalink", is: .warned(.toggle, "Metalink is gone from curl, too"))
        table.inert("use-ascii", "B", is: .ignored(.toggle, "text is not converted"))
        // Other protocols.
        table.inert("append", "a", is: .foreign(.toggle, "FTP and SFTP"))
        table.inert("compressed-ssh", is: .foreign(.toggle, "SCP and SFTP"))
        table.inert("create-file-mode", is: .foreign(.value("mode", [], .fileMode), "SFTP, SCP and FILE"))
        table.inert("crlf", is: .foreign(.toggle, "FTP and SMTP"))
        table.inert("disable-eprt", alias: "eprt", is: .foreign(.toggle, "FTP"))
        table.inert("disable-epsv", alias: "epsv", is: .foreign(.toggle, "FTP"))
        table.inert("ftp-account", is: .foreign(.value("data"), "FTP"))
        table.inert("ftp-alternative-to-user", is: .foreign(.value("command"), "FTP"))
        table.inert("ftp-create-dirs", is: .foreign(.toggle, "FTP and SFTP"))
        table.inert("ftp-method", is: .foreign(.value("method"), "FTP"))
        table.inert("ftp-pasv", is: .foreign(.action, "FTP"))
        table.inert("ftp-port", "P", is: .foreign(.value("address"), "FTP"))
        table.inert("ftp-pret", is: .foreign(.toggle, "FTP"))
        table.inert("ftp-skip-pasv-ip", is: .foreign(.toggle, "FTP"))
        table.inert("ftp-ssl-ccc", is: .foreign(.toggle, "FTP"))
        table.inert("ftp-ssl-ccc-mode", is: .foreign(.value("active|passive"), "FTP"))
        table.inert("ftp-ssl-control", is: .foreign(.toggle, "FTP"))
        table.inert("hostpubmd5", is: .foreign(.value("md5", [], .md5), "SCP and SFTP"))
        table.inert("hostpubsha256", is: .foreign(.value("sha256"), "SCP and SFTP"))
        table.inert("ipfs-gateway", is: .foreign(.value("url"), "IPFS"))
        table.inert("knownhosts", is: .foreign(.value("file", .file), "SCP and SFTP"))
        table.inert("list-only", "l", is: .foreign(.toggle, "FTP, SFTP, POP3 and FILE"))
        table.inert("login-options", is: .foreign(.value("options", .mayBeBlank), "mail and LDAP"))
        table.inert("mail-auth", is: .foreign(.value("address", .mayBeBlank), "SMTP"))
        table.inert("mail-from", is: .foreign(.value("address", .mayBeBlank), "SMTP"))
        table.inert("mail-rcpt", is: .foreign(.value("address", .mayBeBlank), "SMTP"))
        table.inert("mail-rcpt-allowfails", is: .foreign(.toggle, "SMTP"))
        table.inert("proxy-ssl-auto-client-cert", is: .foreign(.toggle, "Schannel, the TLS of Windows"))
        table.inert("pubkey", is: .foreign(.value("file", .file), "SCP and SFTP"))
        table.inert("quote", "Q", is: .foreign(.value("command", .mayBeBlank), "FTP and SFTP"))
        table.inert("sasl-authzid", is: .foreign(.value("identity"), "mail and LDAP"))
        table.inert("sasl-ir", is: .foreign(.toggle, "mail and LDAP"))
        table.inert("ssl", alias: "ftp-ssl", is: .foreign(.toggle, "STARTTLS of mail, LDAP and FTP"))
        table.inert("ssl-auto-client-cert", is: .foreign(.toggle, "Schannel, the TLS of Windows"))
        table.inert("ssl-no-revoke", is: .foreign(.toggle, "Schannel, the TLS of Windows"))
        table.inert(
            "ssl-reqd", alias: "ftp-ssl-reqd", is: .foreign(.toggle, "STARTTLS of mail, LDAP and FTP"))
        table.inert("ssl-revoke-best-effort", is: .foreign(.toggle, "Schannel, the TLS of Windows"))
        table.inert("telnet-option", "t", is: .foreign(.value("option=value", .mayBeBlank), "TELNET"))
        table.inert("tftp-blksize", is: .foreign(.value("bytes", [], .number), "TFTP"))
        table.inert("tftp-no-options", is: .foreign(.toggle, "TFTP"))
        table.inert("upload-flags", is: .foreign(.value("flags"), "IMAP"))
    }
}
