import HTTPClient

/// What is had of a body when an attempt has ended, for the next one to go on with.
struct HeldBody {
    var rule: ResumeRule
    /// In the state in which the last byte left it; nil where nothing is decoded.
    var decoder: ResponseDecoder?
}
