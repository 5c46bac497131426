package import HTTPCore

/// What one `-F` or `--form-string` adds to a form.
package enum FormEntry: Equatable, Sendable {
    case part(FormPart)
    /// `=(`, or a list of files: the entries up to the matching `end` are parts of this one, whose content is empty.
    case begin(FormPart)
    /// `=)`.
    case end
}

/// One part of a multipart form.
package struct FormPart: Equatable, Sendable {
    /// nil = the part has no name.
    package var name: String?
    package var content = FormContent.bytes([])
    /// `;type=`, parameters included; nil = guessed.
    package var type: String?
    /// `;filename=`, or the name of an uploaded file.
    package var fileName: String?
    /// `;encoder=`.
    package var encoding: PartEncoding?
    /// `;headers=`: whole lines without their ends.
    package var headers: [String] = []

    /// The type that was given, or else what the names of files say.
    var effectiveType: String? {
        if let type = type ?? header("Content-Type") { return type }
        let named = fileName.flatMap { Multipart.contentType(ofFileNamed: $0) }
        guard case .file(let path) = content else { return named }
        guard let guess = named ?? Multipart.contentType(ofFileNamed: path) else {
            return fileName == nil ? nil : "application/octet-stream"
        }
        // A field that is no upload is plain text by itself.
        return fileName == nil && guess == "text/plain" ? nil : guess
    }

    /// The value of a line of `headers`; nil without such a line.
    func header(_ name: String) -> String? {
        for line in headers {
            let typed = line.utf8.prefix { $0 != UInt8(ascii: ":") }
            guard HeaderField(name: String(Substring(typed)), value: "").isNamed(name) else { continue }
            let value = line.utf8[typed.endIndex...].dropFirst().drop { $0 == UInt8(ascii: " ") }
            return String(Substring(value))
        }
        return nil
    }
}

/// Where the content of a part comes from.
package enum FormContent: Equatable, Sendable {
    case bytes([UInt8])
    /// Read while it is sent.
    case file(path: String)
    /// Standard input, which is a regular file: read while it is sent.
    case standardInput
}
