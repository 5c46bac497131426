import Connector
import HTTPClient
import HTTPCore

/// The first request of a transfer, settled to the last byte, and the way that it would go.
struct RehearsedTransfer {
    let plan: TransferPlan
    let operation: Shared<OperationPlan>
    let connector: ConnectorPlan
    let url: HTTPURL
    let kind: RedirectPolicy.RequestKind
    let request: RequestMessage
    let body: [BodyPiece]
    let proxy: Proxy?
    /// The Unix socket by which the URL is reached; nil = the network.
    let socket: String?
    /// Where the connection goes when that is not the URL's host and port.
    let dial: DialTarget?
    /// The byte at which a download goes on.
    let offset: Int64
    /// The output as far as it is known; nil = it has no file.
    let path: String?

    /// A stretch of a body.
    enum BodyPiece: Equatable {
        case bytes([UInt8])
        /// What is not read: nil = its length is not known.
        case file(name: String, length: Int64?)
    }

    /// The request goes to the proxy in absolute form.
    var usesAbsoluteForm: Bool { proxy.map { !$0.tunnels(toTLS: url.scheme.isTLS) } ?? false }

    /// The head as it is on the wire.
    var head: [UInt8] {
        get throws {
            var bytes: [UInt8] = []
            try RequestHead(
                method: request.method, target: request.target, version: request.version,
                fields: request.fields
            ).serialize(into: &bytes)
            return bytes
        }
    }

    /// How long the body is; nil = that is not known.
    var length: Int64? {
        body.reduce(Int64?(0)) { sum, piece in
            switch piece {
            case .bytes(let bytes): sum.map { $0 + Int64(bytes.count) }
            case .file(_, let length): sum.flatMap { sum in length.map { sum + $0 } }
            }
        }
    }
}

extension RehearsedTransfer {
    /// Settles the first request of `plan` without opening anything.
    @LoopActor
    init(
        _ plan: TransferPlan, _ operation: Operation, _ connector: ConnectorPlan, _ secrets: Secrets
    ) throws {
        try operation.begin()
        let rules = operation.plan
        let url = try operation.firstURL(of: plan, nil)
        let kind = operation.kind(of: plan)
        let builder = RequestBuilder(
            plan: rules.request, forceClose: operation.connector.forceClose,
            trustsRedirects: rules.trustsRedirects, firstURL: url,
            idempotencyKey: rules.request.idempotencyKey.map { $0.text ?? RandomIdentifier.uuid() })
        let hop = HopRequest(url: url, kind: kind)
        hop.proxy = try operation.proxy(for: url)
        let cookieURL = operation.cookies == nil ? nil : builder.cookieURL(for: url)
        hop.cookie = operation.cookie(for: url, cookieURL, builder)
        var body: [BodyPiece] = []
        if kind == .put, let upload = try RehearsedSource.upload(plan.upload, rules.uploadPart) {
            hop.upload = (upload.source, upload.source.length)
            hop.contentRange = upload.range
            body = [.file(name: upload.source.name, length: upload.source.length)]
        } else if kind == .post, let form = rules.request.form {
            let (pieces, type) = try FormBody.pieces(of: form, openFile: RehearsedSource.open)
            let source = CompositeBodySource(pieces)
            hop.upload = (source, source.length)
            hop.contentType = type
            body = pieces.map(Self.shown)
        } else if kind == .post, let bytes = rules.request.body {
            body = [.bytes(bytes)]
        }
        let path = Self.path(of: plan, rules.output)
        var offset: Int64 = 0
        if kind == .get || kind == .head {
            let resume = try Self.resume(rules.output.continueAt, path, of: secrets.kept(plan.url))
            offset = resume.offset
            if kind == .get {
                hop.ifRange = resume.validator?.ifRange
                hop.refusesCodings = offset > 0 && !rules.reply.isRaw
            }
        }
        hop.range = offset > 0 ? "\(offset)-" : rules.request.range
        _ = try LoginPreparation(operation: operation, builder: builder).prepare(hop, nil)
        let request = try operation.write(hop, builder)
        if hop.isProbe { body = [] }
        self.init(
            plan: plan, operation: rules, connector: connector, url: url, kind: kind, request: request,
            body: body, proxy: hop.proxy, socket: operation.socket(for: url) ?? connector.unixSocketPath,
            dial: operation.connectionRequest(for: url, proxy: hop.proxy).dial, offset: offset, path: path)
    }

    @LoopActor
    private static func shown(_ piece: CompositeBodySource.Piece) -> BodyPiece {
        switch piece {
        case .bytes(let bytes): .bytes(bytes)
        case .source(let source as RehearsedSource, let encoding):
            .file(name: source.name, length: source.length.flatMap { encoding.length(of: $0) })
        case .source(let source as MemoryBodySource, let encoding):
            .file(name: "text in an encoding", length: source.length.flatMap { encoding.length(of: $0) })
        case .source(let source, let encoding):
            .file(name: "standard input", length: source.length.flatMap { encoding.length(of: $0) })
        }
    }

    /// The file that the command line and the URL name.
    private static func path(of plan: TransferPlan, _ output: OutputPlan) -> String? {
        switch plan.destination {
        case .standardOutput, .nowhere, .memory: nil
        case .file(let name): FileNaming.join(folder: output.folder, name)
        case .remoteName:
            (try? FileNaming.remoteName(fromURL: plan.url)).map {
                FileNaming.join(folder: output.folder, $0.name)
            }
        }
    }

    /// Where a download goes on: behind what an earlier run left, or behind the file.
    private static func resume(
        _ continueAt: ContinueAt?, _ path: String?, of url: String
    ) throws -> (offset: Int64, validator: StrongValidator?) {
        switch continueAt {
        case nil: return (0, nil)
        case .offset(let offset): return (offset, nil)
        case .outputSize:
            guard let path else { return (0, nil) }
            let bytes = try? PosixFileSource().contents(of: path + ".part.meta", limit: PartMeta.mostBytes)
            guard let bytes, let meta = try? PartMeta(parsing: bytes), meta.validator != nil,
                meta.url == url,
                FileSink.exists(path + ".part")
            else { return (try FileSink.existingSize(of: path), nil) }
            return (meta.bytes, meta.validator)
        }
    }
}
