import HTTPCore

/// Which bytes of a file `-T` sends: all, those from `-C` on, or those of `-r`. Pure.
struct UploadPart {
    var resume: ContinueAt?
    /// One range, as `5-9`.
    var range: String?

    /// Bytes of a file, and what the request says of them.
    struct Place: Equatable {
        var start: Int64
        var length: Int64
        /// nil = nothing.
        var contentRange: String?
    }

    /// - Throws: `TransferFailure` when the file has no such bytes.
    func place(in path: String, size: Int64) throws(TransferFailure) -> Place {
        if let range {
            guard let wanted = ContentRange.places(range, total: size), wanted.upperBound < size else {
                throw TransferFailure(
                    .badResumeOffset,
                    "\(path) has only \(size) bytes; those of --range \(range) cannot be sent")
            }
            let (first, last) = (wanted.lowerBound, wanted.upperBound)
            return Place(
                start: first, length: last - first + 1, contentRange: "bytes \(first)-\(last)/\(size)")
        }
        var offset: Int64 = 0
        if case .offset(let wanted) = resume { offset = wanted }
        guard offset == 0 || offset != size else {
            throw TransferFailure(.partialFile, "\(path) has \(size) bytes: all of it was uploaded already")
        }
        guard offset <= size else {
            throw TransferFailure(
                .badResumeOffset, "\(path) has only \(size) bytes; it cannot be resumed at \(offset)")
        }
        return Place(
            start: offset, length: size - offset,
            contentRange: resume != nil && size > 0 ? "bytes \(offset)-\(size - 1)/\(size)" : nil)
    }

    /// - Throws: `TransferFailure` when a part is wanted of a body whose length is not known.
    func refuseUnmeasured(_ name: String) throws(TransferFailure) {
        if let range {
            throw TransferFailure(
                .badResumeOffset,
                "--range \(range) cannot be sent of \(name): how long it is is not known")
        }
        guard case .offset(1...) = resume else { return }
        throw TransferFailure(.badResumeOffset, "\(name) cannot be resumed: how long it is is not known")
    }
}

extension OperationPlan {
    var uploadPart: UploadPart { UploadPart(resume: output.continueAt, range: request.range) }
}
