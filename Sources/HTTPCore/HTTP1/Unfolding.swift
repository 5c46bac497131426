/// Shows a header block with one line for each field, however the sender folded it (RFC 9112 §5.2).
public enum Unfolding {
    /// The block with a blank in place of each fold. A line with a blank at its front that follows the status line belongs to
    /// no field and is left out.
    public static func unfolded(_ block: [UInt8]) -> [UInt8] {
        guard hasFold(block) else { return block }
        var result: [UInt8] = []
        result.reserveCapacity(block.count)
        var fieldLines = 0
        var start = 0
        while start < block.count {
            let end = block[start...].firstIndex(of: ASCII.lf).map { $0 + 1 } ?? block.count
            let line = block[start..<end]
            start = end
            let content = line.trimmingBlanks()
            guard let first = line.first, ASCII.isBlank(first), !result.isEmpty else {
                if !result.isEmpty { fieldLines += 1 }
                result += line
                continue
            }
            guard fieldLines > 0 else { continue }
            while let last = result.last, last == ASCII.lf || last == ASCII.cr || ASCII.isBlank(last) {
                result.removeLast()
            }
            result.append(ASCII.space)
            result += content
        }
        return result
    }

    private static func hasFold(_ block: [UInt8]) -> Bool {
        block.indices.dropLast().contains { block[$0] == ASCII.lf && ASCII.isBlank(block[$0 + 1]) }
    }
}
