import Connector
import HTTPClient
import HTTPCore

/// `--hsts`: which hosts are asked over TLS only, for every operation that saves them in the same place.
@LoopActor
final class HSTSCache {
    /// Where the hosts are written at the end; nil = nowhere.
    let file: String?
    private var store = HSTSStore()

    init(file: String?) {
        self.file = file
    }

    /// Adds the hosts of files; one that is not there is as good as empty, since it is made at the end.
    /// What was read of `slow` ones is not read again.
    func load(_ paths: [String], _ files: StateFiles, _ slow: SlowFiles? = nil) throws(TransferFailure) {
        for path in paths {
            guard let bytes = try files.read(path, content: "hosts of --hsts", slow) else { continue }
            let before = store.count
            let skipped = store.load(bytes, now: Self.now)
            if skipped > 0, store.count == before { files.keep(path, "no line of it names a host") }
        }
    }

    /// `url` over TLS if its host wants that, else nil.
    func upgrade(_ url: HTTPURL) -> HTTPURL? { store.upgrade(url, now: Self.now) }

    /// Takes what a verified response from `url` says of its host.
    func learn(_ head: ResponseHead, from url: HTTPURL) { store.learn(head, from: url, now: Self.now) }

    /// What the file is to hold.
    var text: String { store.text(now: Self.now) }

    private static var now: Int64 { WallTime.second }
}
