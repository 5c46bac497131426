internal import Connector
internal import HTTPCore

// Body bytes that the kernel drops or moves, so that they never enter this process.
extension Exchange {
    /// In bytes. When less of the body is left, to read and write it is cheaper.
    private static let leastToSplice: Int64 = 128 * 1024

    /// True when the parser need not see the rest of the body, and the rest is long enough.
    func bodyMayPassUnseen(_ answer: Answer) -> Bool {
        switch answer.framing {
        case .length: parser.bodyBytesRemaining ?? 0 >= Self.leastToSplice
        case .untilClose: true
        case .chunked, .none: false
        }
    }

    /// The socket whose bytes the kernel can drop unread; nil = it cannot, as only TCP sockets allow that.
    var discardSource: CInt? {
        guard let source = transport.plainDescriptor else { return nil }
        switch transport.peerAddress {
        case .ipv4, .ipv6: return source
        case .unix, nil: return nil
        }
    }

    /// Tells the loop of a read in the middle of a long body. The peer sends on without waiting for an answer, so the loop
    /// may pause (see the article Performance, pauses).
    func noteBulk(_ count: Int, _ step: Step) {
        guard case .progress = step, EventLoop.isBulk(count, remaining: parser.bodyBytesRemaining) else {
            return
        }
        EventLoop.shared.noteBulk(count)
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

    /// In bytes, for one step. Other tasks get their turn between two steps.
    private static let mostToDiscard = 16 * 1024 * 1024

    /// Lets the kernel move the next bytes to `target`; nil = they have to be read.
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

    /// Lets the kernel move bytes from the socket straight into `pipe`; nil = they have to be read.
    private func move(from source: CInt, into pipe: CInt, _ target: any SpliceTarget) throws -> Step? {
        let most = min(parser.bodyBytesRemaining ?? .max, Int64(min(Self.mostToDiscard, readPieceBytes)))
        let move: SplicePipe.Move
        do {
            move = try SplicePipe.move(from: source, into: pipe, atMost: Int(most))
        } catch .brokenPipe, .invalidArgument, .badDescriptor {
            // The pipe's: the write that follows a read meets it again.
            answer?.spliceIsRefused = true
            return nil
        } catch {
            // The socket's, which tells of an error once: a read after this would find the end of the stream.
            throw translate(.io(error))
        }
        switch move {
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
    }

    private func afterMoving(_ count: Int) throws -> Step {
        guard parser.bodyBytesRemaining == 0 else { return .progress(count) }
        return try consume(UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The target did not take everything that is in `pipe`. The handler gets the rest as ordinary body bytes. It waits
    /// while the target is a full pipe; any other error shows again in the handler's own write.
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
