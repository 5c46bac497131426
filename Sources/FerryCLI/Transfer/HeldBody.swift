import HTTPClient

/// The beginning of a body that an ended attempt left, for the next one to go on with.
struct HeldBody {
    var rule: ResumeRule
    /// In its state after the last byte; nil = nothing is decoded.
    var decoder: ResponseDecoder?
}
