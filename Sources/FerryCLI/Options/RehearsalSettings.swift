/// What is told of a run in place of doing it.
package struct RehearsalSettings: Equatable, Sendable {
    /// `--dry-run`.
    package var showsPlan = false
    /// `--print-curl`.
    package var printsCurl = false

    package init() {}

    /// Nothing is sent.
    package var isOn: Bool { showsPlan || printsCurl }
}
