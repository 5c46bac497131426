/// Where ferry does something else than the curl that is installed, and why. `make compat` fails for differences that are
/// not here, and for entries that no longer differ.
enum CompatDifferences {
    static let reasons: [String: String] = [:]
}
