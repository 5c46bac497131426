internal import CSystem
internal import Glibc

/// Extended attributes of files (xattr(7)), for which Swift's Glibc module has no names.
package enum ExtendedAttribute {
    /// Sets the attribute `name` (such as `user.mime_type`) of an open file to the bytes of `value`.
    ///
    /// - Throws: `ENOTSUP` on a file system without them.
    package static func set(_ name: String, to value: String, on descriptor: CInt) throws(Errno) {
        let bytes = Array(value.utf8)
        _ = try SystemCall.retrying { fsetxattr(descriptor, name, bytes, bytes.count, 0) }
    }
}
