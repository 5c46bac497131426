internal import Glibc

/// The file that `SSLKEYLOGFILE` names, for programs that look into captured traffic.
///
/// GnuTLS itself appends the secrets of every session to it, in NSS's format. They decrypt the sessions, so a file
/// that does not exist yet is made readable by its owner alone, before GnuTLS would make it readable by everybody.
enum KeyLog {
    /// Makes the file if it is wanted and not there. Cheap after the first call; any thread.
    static func prepare() {
        _ = isPrepared
    }

    private static let isPrepared: Bool = {
        guard let path = getenv("SSLKEYLOGFILE"), path.pointee != 0 else { return true }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o600)
        if descriptor >= 0 { close(descriptor) }
        return true
    }()
}
