internal import Connector
internal import HTTPCore

// Body bytes that the kernel drops or moves by itself.
extension Exchange {
    /// Below this it is cheaper to read and write.
    private static let leastToSplice: Int64 = 128 * 1024

    /// True when the parser need not see the bytes that come, and there are enough of them.
    func bodyMayPassUnseen(_ answer: Answer) -> Bool {
        switch answer.framing {
        case .length: parser.bodyBytesRemaining ?? 0 >= Self.leastToSplice
        case .untilClose: true
        case .chunked, .none: false
        }
    }

    /// The socket whose bytes may be dropped in the kernel. Only TCP can do that.
    var discardSource: CInt? {
        guard let source = transport.plainDescriptor else { return nil }
        switch transport.peerAddress {
        case .ipv4, .ipv6: return source
        case .unix, nil: return nil
        }
    }

    func discard(from source: CInt) throws -> Step {
        let most = min(parser.bodyBytesRemaining ?? .max, Int64(min(Self.mostToDiscard, readPieceBytes)))
        let count: Int
        do {
            count = try SplicePipe.discard(from: source, atMost: Int(most))
        } catch .again {
            transport.noteReadDrained()
            return .wouldBlock
        } catch {
            throw translate(.io(error))
        }
        guard count > 0 else { return .end(isTruncated: false) }
        parser.skipBody(Int64(count))
        events?.tell(.bodySpliced(count))
        return try afterMoving(count)
    }

    /// At once, so that other tasks get their share.
    private static let mostToDiscard = 16 * 1024 * 1024

    /// Lets the kernel move the next bytes; nil when they are to be read.
    func splice(to target: any SpliceTarget) throws -> Step? {
        guard answer?.spliceIsRefused == false, let source = transport.plainDescriptor,
            let descriptor = try target.spliceDescriptor()
        else { return nil }
        let isPipe = answer?.targetIsPipe ?? SplicePipe.isPipe(descriptor)
        answer?.targetIsPipe = isPipe
        if isPipe { return try move(from: source, into: descriptor, target) }
        guard let pipe = SplicePipe.empty() else {
            answer?.spliceIsRefused = true
            return nil
        }
        let most = min(parser.bodyBytesRemaining ?? .max, Int64(min(pipe.capacity, readPieceBytes)))
        let count: Int
        do {
            count = try pipe.fill(from: source, atMost: Int(most))
        } catch .again {
            transport.noteReadDrained()
            return .wouldBlock
        } catch .invalidArgument {
            answer?.spliceIsRefused = true
            return nil
        } catch {
            throw translate(.io(error))
        }
        guard count > 0 else { return .end(isTruncated: false) }
        parser.skipBody(Int64(count))
        let (moved, refusal) = pipe.empty(into: descriptor)
        if moved > 0 {
            target.didSplice(moved)
            events?.tell(.bodySpliced(moved))
        }
        if let refusal { try handOver(pipe, refusal) }
        return try afterMoving(count)
    }

    /// Needs no pipe of our own between them.
    private func move(from source: CInt, into pipe: CInt, _ target: any SpliceTarget) throws -> Step? {
        let most = min(parser.bodyBytesRemaining ?? .max, Int64(min(Self.mostToDiscard, readPieceBytes)))
        do {
            switch try SplicePipe.move(from: source, into: pipe, atMost: Int(most)) {
            case .moved(0): return .end(isTruncated: false)
            case .moved(let count):
                parser.skipBody(Int64(count))
                target.didSplice(count)
                events?.tell(.bodySpliced(count))
                return try afterMoving(count)
            case .isDrained:
                transport.noteReadDrained()
                return .wouldBlock
            case .isFull: return target.descriptorIsFull() ? .wouldBlock : nil
            }
        } catch {
            // Whose error it is shows where each of the two is met alone.
            answer?.spliceIsRefused = true
            return nil
        }
    }

    private func afterMoving(_ count: Int) throws -> Step {
        guard parser.bodyBytesRemaining == 0 else { return .progress(count) }
        return try consume(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The target took no more of what is in `pipe`. The handler gets it the ordinary way: it waits where the target is
    /// another pipe that is full, and it meets and names whatever else is wrong.
    private func handOver(_ pipe: SplicePipe, _ refusal: Errno) throws {
        if refusal != .again { answer?.spliceIsRefused = true }
        let room = EventLoop.shared.readBuffer
        while pipe.held > 0 {
            let count: Int
            do {
                count = try pipe.read(into: room)
            } catch {
                throw translate(.io(error))
            }
            _ = try deliver(UnsafeRawBufferPointer(rebasing: room[..<count]))
        }
    }
}
