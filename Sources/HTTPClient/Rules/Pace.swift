public import Connector

/// How fast the bytes of an exchange may go.
@LoopActor
public protocol Pace: AnyObject {
    /// The most bytes to read at once; small values serve a low rate.
    var readPieceBytes: Int { get }
    /// The most bytes of a body to send at once.
    var writePieceBytes: Int { get }
    /// How long to rest before the next read, asked after each one; nil and zero = not at all.
    func pause(afterReceiving count: Int) -> Duration?
    /// How long to rest before the next write of a body, asked after each one; nil and zero = not at all.
    func pause(afterSending count: Int) -> Duration?
}
