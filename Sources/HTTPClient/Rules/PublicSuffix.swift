internal import CLazyLibraries
internal import CPSL

/// The public suffix list that is built into libpsl: no cookie may be set for a domain under which anybody can
/// register names.
public enum PublicSuffix {
    /// True for `com`, `co.uk`, `github.io` and their like, and for every name without a dot. `domain` is lower case
    /// and without a leading dot.
    public static func contains(_ domain: String) -> Bool {
        guard ferry_library_load(FERRY_LIBRARY_PSL) == 1, let list = psl_builtin() else {
            return !domain.contains(".")
        }
        // Names that no rule lists count as public suffixes when they are a single label only.
        return psl_is_public_suffix2(list, domain, PSL_TYPE_ANY) == 1
    }
}
