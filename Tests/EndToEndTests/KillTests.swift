import Glibc
import TestSupport
import Testing

/// SIGKILL at any instant of a download leaves a pair that is true. FERRY_KILLS says how often; the default is short.
@Suite struct KillTests {
    @Test func `a pair is true whenever ferry is killed (R-05)`() throws {
        let kills = getenv("FERRY_KILLS").flatMap { Int(String(cString: $0)) } ?? 25
        let content = (0..<48_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 10) }
        let nginx = try Nginx(files: ["f": content])
        let folder = try TemporaryDirectory()
        var pairs = 0
        // A slow machine is given more time until there was a pair to look at.
        var longest: UInt32 = 150_000
        for kill in 0..<(kills + 6) where kill < kills || pairs == 0 {
            if kill >= kills { longest *= 2 }
            let process = try RunningProcess(
                ferryBinary(), ["-sS", "-C", "-", "--limit-rate", "200m", "-O", nginx.url("/f")],
                directory: folder.path)
            usleep(UInt32.random(in: 0..<longest))
            process.send(SIGKILL)
            _ = process.wait()
            if folder.names().contains("f") {
                #expect(folder.read("f") == content)
                unlink(folder.file("f"))
            }
            let part = folder.read("f.part")
            guard let meta = folder.read("f.part.meta").map({ text($0) }), !meta.isEmpty else {
                #expect(part == nil, "a part without its meta")
                continue
            }
            let claimed = meta.split(separator: "\"bytes\":").last?.drop { $0 == " " }.prefix { $0.isNumber }
            let bytes = try #require(claimed.flatMap { Int($0) }, "\(meta)")
            #expect(bytes <= part?.count ?? 0, "\(meta)")
            #expect(part.map { content.starts(with: $0) } ?? true)
            if bytes > 0 { pairs += 1 }
        }
        #expect(pairs > 0)
        let last = try runFerry(["-sS", "-C", "-", "-O", nginx.url("/f")], directory: folder.path)
        #expect(last.exitStatus == 0 && folder.read("f") == content, "\(last)")
        #expect(folder.names().filter { !$0.hasPrefix(".") } == ["f"])
    }
}
