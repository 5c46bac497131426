import Connector
import HTTPCore

extension String {
    /// A name of the same file that is UTF-8, for those who take no other: certificates, keys and sockets. The file is kept
    /// open for it.
    var plainName: String {
        guard CarriedText.isCarried(self) else { return self }
        let descriptor = FileInput.hold(onDisk)
        return descriptor >= 0 ? "/proc/self/fd/\(descriptor)" : self
    }
}
