internal import Glibc

/// A config file that can be read more than once and from any place: an open file, or bytes in memory.
package final class ConfigSource: Sendable {
    private let content: Content

    private enum Content {
        /// Closed with the source.
        case file(Int32)
        case bytes([UInt8])
    }

    /// - Parameter descriptor: an open regular file, which belongs to the source from now on.
    init(descriptor: Int32) {
        content = .file(descriptor)
    }

    package init(bytes: [UInt8]) {
        content = .bytes(bytes)
    }

    deinit {
        if case .file(let descriptor) = content { close(descriptor) }
    }

    /// Fills `room` from `offset` on and returns how many bytes there were; 0 = the end.
    func read(at offset: Int, into room: UnsafeMutableRawBufferPointer) throws(FileReadError) -> Int {
        switch content {
        case .bytes(let bytes):
            guard offset < bytes.count else { return 0 }
            let count = min(room.count, bytes.count - offset)
            room.copyBytes(from: bytes[offset..<offset + count])
            return count
        case .file(let descriptor):
            while true {
                let got = pread(descriptor, room.baseAddress, room.count, offset)
                if got >= 0 { return got }
                guard errno == EINTR else { throw .system(errno) }
            }
        }
    }
}

extension ConfigSource: Equatable {
    package static func == (one: ConfigSource, other: ConfigSource) -> Bool { one === other }
}
