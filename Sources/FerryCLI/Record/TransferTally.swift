/// What is to be counted of one transfer and not counted yet. It lies in the transfer: an object of its own that hears of
/// events would cost a small request more than the counting. Pure.
struct TransferTally {
    /// When it began, or should have by the rate of the run, in nanoseconds of the steady clock; nil = not yet.
    var start: Int?
    /// When the first byte of the last answer came; nil = none did.
    var firstByte: Int?
    /// Where what is asked of its host is counted; nil = no host was to be asked.
    var place: Int?
    /// A request is under way.
    var isUnderWay = false
    /// One of its connections was new.
    var isCold = false
    /// It asked for nothing.
    var isSkipped = false
}
