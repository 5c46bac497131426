/// What may become of a file that already has the name.
enum FilePlacement: Equatable {
    /// It is replaced.
    case overwrite
    /// It is kept and written to from its end on (`-C`); never atomic.
    case append
    /// It is an error: the name was chosen by a server. Links are not followed.
    case createNew
    /// It is kept, and the first free name of `NAME.1` to `NAME.99` is taken. Links are not followed.
    case numbered
    /// It is replaced although a server chose the name. A link is replaced itself, not followed.
    case replaceName
}
