/// `-z`.
package struct TimeCondition: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case ifModifiedSince
        case ifUnmodifiedSince
        /// `=`: what is sent has this time.
        case lastModified
    }
    package var kind: Kind
    /// Since 1970.
    package var seconds: Int64

    /// The name of the field that carries it.
    var fieldName: String {
        switch kind {
        case .ifModifiedSince: "If-Modified-Since"
        case .ifUnmodifiedSince: "If-Unmodified-Since"
        case .lastModified: "Last-Modified"
        }
    }

    /// Whether a resource that was last changed then is wanted, for servers that do not look at the field themselves.
    func isMet(byTime changed: Int64) -> Bool {
        kind == .ifUnmodifiedSince ? changed < seconds : changed > seconds
    }
}
