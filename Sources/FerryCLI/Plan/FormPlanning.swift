internal import HTTPCore

extension Planner {
    /// The form of an operation; nil when it has none.
    static func formPlan(_ operation: OperationSettings) -> FormPlan? {
        guard !operation.form.isEmpty else { return nil }
        var plan = FormPlan(
            entries: operation.form, usesBackslashes: operation.formEscape, contentType: nil)
        for case .field(let name, let value) in operation.headers
        where HeaderField(name: name, value: value).isNamed("Content-Type") {
            plan.contentType = plan.contentType ?? value
        }
        return plan
    }
}
