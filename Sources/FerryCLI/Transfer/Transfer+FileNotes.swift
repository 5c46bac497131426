import HTTPCore

// What `-R` and `--xattr` keep of an answer beside its body, and `--skip-existing`.
extension Transfer {
    /// What the file is to keep of the answer; nil = nothing.
    func fileNotes(of hop: Hop) -> FileNotes? {
        let output = operation.plan.output
        guard output.keepsRemoteTime || output.writesAttributes, let head = hop.head else { return nil }
        var notes = FileNotes()
        if output.keepsRemoteTime { notes.modified = head.first("Last-Modified").flatMap(HTTPDate.parse) }
        guard output.writesAttributes else { return notes }
        notes.attributes = [("user.creator", "ferry")]
        if let type = head.first("Content-Type") { notes.attributes.append(("user.mime_type", type)) }
        // A login has no place in a file that others may read.
        notes.attributes.append(("user.xdg.origin.url", hop.request.url.withoutUserinfo.description))
        if let referer = hop.referer, !referer.isEmpty {
            notes.attributes.append(("user.xdg.referrer.url", SecretRedactor.withoutLogin(url: referer)))
        }
        return notes
    }

    /// The file that is there already and that `--skip-existing` leaves alone.
    static func skippedFile(_ plan: Shared<OperationPlan>, _ output: TransferOutput) -> String? {
        plan.output.skipsExisting ? output.existingFile : nil
    }

    /// Why nothing is asked for, with a note for `-v`, when the file is there already; nil = it is not.
    /// - Throws: when it is not the one that its checksum says it has to be.
    func reasonToSkip() throws -> String? {
        guard let path = Self.skippedFile(operation.plan, output) else { return nil }
        context.diagnostics.note("\(path) exists: the transfer is skipped")
        if let checks, checks.readsFiles {
            let count = try FileSink.existingSize(of: path)
            try checks.checkFile(name: output.checksumName) { try output.readBack(count, into: $0) }
        }
        return "\(path) exists (--skip-existing)"
    }
}
