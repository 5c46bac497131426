internal import HTTPCore

extension ResponseParser.Options {
    /// These options for the answer to `request`: a 101 is one only where an upgrade was asked for, and HTTP/0.9 only where the
    /// connection has carried nothing yet.
    func answering(_ request: RequestMessage, isConnectionReused: Bool) -> ResponseParser.Options {
        var options = self
        let connection = request.block?.connectionOptions ?? ConnectionOptions(of: request.fields)
        options.acceptsUpgrade = connection.asksForUpgrade
        options.isConnectionReused = isConnectionReused
        return options
    }
}
