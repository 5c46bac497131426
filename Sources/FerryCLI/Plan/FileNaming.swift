import HTTPCore

/// Why an output name cannot be used.
enum FileNamingError: Error, Equatable, CustomStringConvertible {
    /// The URL's last part is `.` or `..`. Exit status 23.
    case refused(name: String)
    /// `#<name>` in an output name, but the URL has no set or range of that name. Exit status 43.
    case unknownGlob(name: String)

    var description: String {
        switch self {
        case .refused(let name): "the URL's last part, \(name), is no file name: name the file with -o"
        case .unknownGlob(let name):
            "the URL has no set or range named \(name), which the output name asks for"
        }
    }
}

/// How files get their names: from the URL (`-O`), from the server (`-J`), from a pattern with `#1` (`-o`).
///
/// Invariant: a name made from what a URL or a server says is one component of at most 255 bytes, without
/// slashes or control characters, and never `.` or `..`; a server's also never starts with a dot or dash.
enum FileNaming {
    private static let mostBytes = 255

    /// A name from a URL.
    struct RemoteName: Equatable {
        var name: String
        /// True when the URL has no last part, so that a fixed name stands in: worth a warning.
        var isFallback: Bool
    }

    /// The last part of the URL's path, as written: neither query nor fragment, nothing decoded.
    static func remoteName(fromURL url: String) throws(FileNamingError) -> RemoteName {
        let name = capped(withoutControls(lastSegment(ofURL: url)))
        if name == "." || name == ".." { throw .refused(name: name) }
        if name.isEmpty { return RemoteName(name: "curl_response", isFallback: true) }
        return RemoteName(name: name, isFallback: false)
    }

    /// A safe name from the one that Content-Disposition asks for; nil when nothing safe is left, so that
    /// the URL's name is used.
    static func serverName(_ candidate: String) -> String? {
        let line = candidate.unicodeScalars.prefix { $0 != "\r" && $0 != "\n" }
        var last = Substring.UnicodeScalarView(line)
        if let slash = last.lastIndex(where: { $0 == "/" || $0 == "\\" }) {
            last = last[last.index(after: slash)...]
        }
        let clean = withoutControls(String(last)).unicodeScalars.drop { $0 == "." || $0 == "-" || $0 == " " }
        var name = capped(String(clean))
        while name.last == " " { name.removeLast() }
        return name.isEmpty ? nil : name
    }

    /// A safe name from the URL of a redirect, which is also the server's choice.
    static func serverName(fromLocation url: String) -> String? {
        serverName(lastSegment(ofURL: url))
    }

    /// Puts the values of a URL's sets and ranges in the place of `#1` and `#<name>`. A number without its
    /// set stays as it is.
    static func substitute(
        _ pattern: String, _ combination: URLGlob.Combination
    ) throws(FileNamingError) -> String {
        guard pattern.utf8.contains(UInt8(ascii: "#")) else { return pattern }
        var result = ""
        var rest = pattern[...]
        while let mark = rest.firstIndex(of: "#") {
            result += rest[..<mark]
            rest = rest[mark...].dropFirst()
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            if !digits.isEmpty {
                rest = rest[digits.endIndex...]
                if let number = Int(digits), number > 0, number <= combination.values.count {
                    result += combination.values[number - 1]
                } else {
                    result += "#" + digits
                }
            } else if rest.first == "<", let end = rest.firstIndex(of: ">") {
                let name = String(rest[rest.index(after: rest.startIndex)..<end])
                guard let index = combination.names[name] else { throw .unknownGlob(name: name) }
                result += combination.values[index]
                rest = rest[end...].dropFirst()
            } else {
                result += "#"
            }
        }
        return result + rest
    }

    /// `--output-dir`, joined textually: what the user types is the user's.
    static func join(folder: String?, _ name: String) -> String {
        guard let folder, !folder.isEmpty else { return name }
        return folder.hasSuffix("/") ? folder + name : folder + "/" + name
    }

    // MARK: Helpers

    /// By bytes: what it looks for is ASCII, and each URL of a long run is looked through.
    private static func lastSegment(ofURL url: String) -> String {
        let (slash, backslash) = (UInt8(ascii: "/"), UInt8(ascii: "\\"))
        let text = Array(url.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        var path = text[...]
        if let start = HTTPURL.pathBehindSocket(in: text) {
            path = path[start...]
        } else {
            let mark = path.indices.first { path[$0] == slash || path[$0...].starts(with: "://".utf8) }
            if let mark, path[mark] != slash { path = path[(mark + 3)...] }
        }
        guard let start = path.firstIndex(of: slash) else { return "" }
        path = path[start...]
        while let last = path.last, last == slash || last == backslash { path.removeLast() }
        if let last = path.lastIndex(where: { $0 == slash || $0 == backslash }) { path = path[(last + 1)...] }
        return String(decoding: path, as: UTF8.self)
    }

    /// Drops control characters and those that reorder text, with which a name can be made to look like another.
    private static func withoutControls(_ text: String) -> String {
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: continue
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    private static func capped(_ name: String) -> String {
        guard name.utf8.count > mostBytes else { return name }
        var scalars = name.unicodeScalars
        var bytes = name.utf8.count
        while bytes > mostBytes { bytes -= UTF8.width(scalars.removeLast()) }
        return String(scalars)
    }
}
