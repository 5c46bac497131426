import HTTPClient
import HTTPCore

// Conditional requests: what an answer says of its age and its tag.
extension Transfer {
    /// True for a body that `-z` does not want, from a server that did not look at the condition. A part of a resource is
    /// always wanted: the condition was about the whole.
    func isUnwanted(_ head: ResponseHead) -> Bool {
        guard let condition = operation.plan.request.timeCondition, let hop, hop.range == nil,
            hop.kind == .get || hop.kind == .post, (200..<300).contains(head.status),
            let changed = head.first("Last-Modified").flatMap({ HTTPDate.parse($0) })
        else { return false }
        return !condition.isMet(byTime: changed)
    }

    /// Keeps the tag of an answer that is no error, for `--etag-save`.
    func saveTag(of head: ResponseHead) throws {
        guard (200..<400).contains(head.status), let tag = head.first("ETag"), !tag.isEmpty else { return }
        try operation.etagFile?.save(tag, standardOutput: output.standardOutput)
    }
}
