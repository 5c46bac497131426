import HTTPCore

/// A query that held no secret: one with the same names and with plain values holds none either. Pure.
///
/// A run asks for one address with other numbers again and again, and to look for secrets takes longer than all else that is
/// written of a request.
struct PlainQuery {
    private let known: [UInt8]

    init(_ query: String) { known = Array(query.utf8) }

    /// True when one of the names is that of a secret, though its value may be empty.
    static func hasSecretName(_ query: String) -> Bool {
        // Each value is longer than nothing.
        let filled = Array("?\(query.replacing("=", with: "=x"))".utf8)
        return !SecretPairs.values(in: filled[...], isURL: true).isEmpty
    }

    /// True when `query` differs in plain values only: letters, digits and `-._~`, so that nothing in them is a name.
    /// Names are plain, too.
    func covers(_ query: String) -> Bool {
        var query = query
        return query.withUTF8 { query in known.withUnsafeBufferPointer { Self.haveSameNames(query, $0) } }
    }

    private static func haveSameNames(
        _ query: UnsafeBufferPointer<UInt8>, _ known: UnsafeBufferPointer<UInt8>
    ) -> Bool {
        var (place, other) = (0, 0)
        while true {
            let start = place
            while place < query.count, ASCII.isUnreserved(query[place]) { place += 1 }
            // A value without a name is nobody's secret.
            let isNamed = place < query.count && query[place] == UInt8(ascii: "=")
            if isNamed {
                for index in start...place {
                    guard other < known.count, known[other] == query[index] else { return false }
                    other += 1
                }
                repeat { place += 1 } while place < query.count && ASCII.isUnreserved(query[place])
            }
            while other < known.count, known[other] != UInt8(ascii: "&") {
                guard isNamed || known[other] != UInt8(ascii: "=") else { return false }
                other += 1
            }
            guard place < query.count, other < known.count else {
                return place == query.count && other == known.count
            }
            guard query[place] == UInt8(ascii: "&") else { return false }
            (place, other) = (place + 1, other + 1)
        }
    }
}
