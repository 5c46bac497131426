internal import HTTPCore

extension Planner {
    /// The form of an operation; nil when it has none.
    static func formPlan(_ operation: OperationSettings) -> FormPlan? {
        guard !operation.form.isEmpty else { return nil }
        var plan = FormPlan(
            entries: operation.form, usesBackslashes: operation.formEscape, contentType: nil)
        for header in operation.headers where header.isNamed("Content-Type") {
            guard case .field(_, let value) = header else { continue }
            plan.contentType = plan.contentType ?? HeaderArgument.trimmed(value)
        }
        return plan
    }
}
