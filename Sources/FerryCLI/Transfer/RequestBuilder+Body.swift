import HTTPClient
import HTTPCore

// The body of a request and the fields that frame it. What goes on the wire is framed as the head says: fields of the
// user's decide how, and where they cannot be followed the request is refused (RFC 9112 §6).
extension RequestBuilder {
    func body(_ hop: HopRequest) throws -> RequestBody {
        if hop.isProbe { return .bytes([]) }
        let own = UserFields(plan.headers)
        switch hop.kind {
        case .get, .head:
            try refuseLengthWithoutBody(own, hop)
            return .none
        case .post:
            if let bytes = plan.body { return try framed(bytes, own) }
            return plan.form == nil ? .none : try upload(hop, own)
        case .put:
            return try upload(hop, own)
        }
    }

    /// How the user's fields frame a body.
    private enum Framing {
        /// They say nothing.
        case natural
        case chunked
        /// So many bytes as they are.
        case length(Int64)
        /// As they are, though no field says how many.
        case unsaid
    }

    private func framing(_ own: UserFields) throws -> Framing {
        let codings = own.values(of: "Transfer-Encoding")
        if !codings.isEmpty {
            let coding = codings.joined(separator: ", ")
            switch coding.lowercased().filter({ $0 != " " && $0 != "\t" }) {
            case "chunked": return .chunked
            case "", "identity": break
            default:
                throw TransferFailure(
                    .badFunctionArgument,
                    "the body is not coded as Transfer-Encoding: \(coding) says; only chunked is applied")
            }
        }
        let isUnchunked = own.contains("Transfer-Encoding")
        let lengths = Set(own.values(of: "Content-Length"))
        if let text = lengths.first {
            guard lengths.count == 1, let length = Self.length(text) else {
                throw TransferFailure(
                    .badFunctionArgument,
                    "the body cannot have the length that is given as Content-Length: \(lengths.sorted().joined(separator: ", "))"
                )
            }
            return .length(length)
        }
        guard own.contains("Content-Length") else { return isUnchunked ? .unsaid : .natural }
        guard !isUnchunked else { return .unsaid }
        return .chunked
    }

    private func framed(_ bytes: [UInt8], _ own: UserFields) throws -> RequestBody {
        switch try framing(own) {
        case .natural: return .bytes(bytes)
        case .chunked: return bytes.isEmpty ? .bytes(bytes) : .chunked(MemoryBodySource(bytes))
        case .length(let length):
            try check(Int64(bytes.count), against: length)
            return .bytes(bytes)
        case .unsaid:
            if own.contains("Content-Length"), !bytes.isEmpty { throw Self.unframed }
            return .bytes(bytes)
        }
    }

    private func upload(_ hop: HopRequest, _ own: UserFields) throws -> RequestBody {
        guard let (source, length) = hop.upload else { return .none }
        switch try framing(own) {
        case .natural: return length == nil ? .chunked(source) : .sized(source)
        case .chunked: return .chunked(source)
        case .length(let wanted):
            guard let length else { return .sized(MeasuredBodySource(source, length: wanted)) }
            try check(length, against: wanted)
            return .sized(source)
        case .unsaid:
            guard length != nil, !own.contains("Content-Length") else { throw Self.unframed }
            return .sized(source)
        }
    }

    private func check(_ length: Int64, against wanted: Int64) throws {
        guard length != wanted else { return }
        throw TransferFailure(
            .badFunctionArgument,
            "the body has \(length) bytes, which Content-Length: \(wanted) contradicts")
    }

    private func refuseLengthWithoutBody(_ own: UserFields, _ hop: HopRequest) throws {
        guard hop.kind == .head || plan.kind == .get,
            let text = own.values(of: "Content-Length").first(where: { Self.length($0) != 0 })
        else { return }
        throw TransferFailure(
            .badFunctionArgument, "the request has no body, which Content-Length: \(text) contradicts")
    }

    /// As RFC 9110 §8.6 has it: decimal digits and nothing else.
    private static func length(_ text: String) -> Int64? {
        text.utf8.allSatisfy(ASCII.isDigit) ? Int64(text) : nil
    }

    private static var unframed: TransferFailure {
        TransferFailure(
            .badFunctionArgument,
            "nothing says where the body ends: it needs a Content-Length or a Transfer-Encoding")
    }

    /// A range given for data says which part of the resource they are.
    func contentRange(_ hop: HopRequest) -> String? {
        guard let range = hop.range, hop.kind == .post, plan.form == nil else { return nil }
        return "bytes \(range)/\(plan.body.map { String($0.count) } ?? "*")"
    }

    /// Content-Length, Content-Type and Expect; true when the body waits for permission.
    func addFraming(
        _ body: RequestBody, _ hop: HopRequest, _ own: UserFields, _ fields: inout [HeaderField]
    ) -> Bool {
        let isData = hop.kind == .post && plan.form == nil
        let length =
            hop.isProbe ? 0 : isData ? plan.body.map { Int64($0.count) } : hop.upload?.length
        switch body {
        case .none: return false
        case .chunked: break
        case .bytes, .sized:
            if let length, !own.contains("Content-Length") {
                fields.append(HeaderField(name: "Content-Length", value: String(length)))
            }
        }
        if let type = hop.contentType, hop.kind == .post, !hop.isProbe, !own.removes("Content-Type") {
            fields.append(HeaderField(name: "Content-Type", value: type))
        }
        if isData, !plan.isJSON, !own.contains("Content-Type") {
            fields.append(HeaderField(name: "Content-Type", value: "application/x-www-form-urlencoded"))
        }
        guard hop.mayExpect, !hop.isProbe, plan.shape.version == .http11 else { return false }
        if own.contains("Expect") { return own.value(of: "Expect")?.lowercased() == "100-continue" }
        guard length.map({ $0 > Self.expectThreshold }) ?? true else { return false }
        fields.append(HeaderField(name: "Expect", value: "100-continue"))
        return true
    }
}
