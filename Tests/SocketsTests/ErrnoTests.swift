import Glibc
import Sockets
import Testing

struct ErrnoTests {
    @Test(arguments: [
        (ECONNREFUSED, "ECONNREFUSED", "connection refused"), (EPIPE, "EPIPE", "broken pipe"),
        (EIO, "EIO", "input/output error"), (EMULTIHOP, "EMULTIHOP", "multihop attempted"),
        (EXFULL, "EXFULL", "exchange full"), (9999, "errno 9999", "unknown error 9999"),
    ])
    func `an error number has a name and reads inside a sentence`(number: CInt, name: String, text: String) {
        let error = Errno(rawValue: number)
        #expect(error.name == name)
        #expect(error.description == text)
    }

    @Test func `a descriptor is closed when its owner ends`() throws {
        var ends: [CInt] = [-1, -1]
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
        do {
            let writing = FileDescriptor(owning: ends[1])
            #expect(writing.rawValue == ends[1])
        }
        // The other end shows it; the number itself may be another test's by now.
        var byte: UInt8 = 0
        #expect(read(ends[0], &byte, 1) == 0)
        close(ends[0])
    }
}
