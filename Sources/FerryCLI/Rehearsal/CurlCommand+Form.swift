import HTTPCore

// `-F` and `--form-string`.
extension CurlCommand {
    func add(_ entry: FormEntry, _ arguments: inout Arguments) {
        switch entry {
        case .end: arguments.add("-F", "=)")
        case .begin(let part):
            arguments.add("-F", Self.name(part) + "=(".utf8 + Self.modifiers(part), hiding: [])
        case .part(let part): add(part, &arguments)
        }
    }

    private func add(_ part: FormPart, _ arguments: inout Arguments) {
        var value = Self.name(part) + [UInt8(ascii: "=")]
        let modifiers = Self.modifiers(part)
        switch part.content {
        case .bytes(let bytes):
            let secrets =
                SecretNames.contains(part.name ?? "")
                ? SecretPlaces.whole(bytes, part.name ?? "") : SecretPlaces.inBody(bytes, type: part.type)
            let isPlain = modifiers.isEmpty
            if !isPlain { value.append(UInt8(ascii: "\"")) }
            let start = value.count
            value += isPlain ? bytes : Self.escaped(bytes)
            func place(_ index: Int) -> Int {
                start + (isPlain ? index : Self.escaped(Array(bytes[..<index])).count)
            }
            let places = secrets.map { secret in
                SecretPlace(
                    range: place(secret.range.lowerBound)..<place(secret.range.upperBound), name: secret.name)
            }
            if !isPlain { value.append(UInt8(ascii: "\"")) }
            let fallback = Self.name(part) + "=<-".utf8 + modifiers
            if variablesFit(value) {
                arguments.add(isPlain ? "--form-string" : "-F", value + modifiers, hiding: places)
            } else {
                // Only the content comes on standard input.
                arguments.add(
                    "-F", bytes, hiding: secrets,
                    orInput: ("-F", String(decoding: fallback, as: UTF8.self)))
            }
        case .file(let path):
            let mark = part.fileName == nil ? "<" : "@"
            let name = CarriedText.bytes(of: path).bytes
            arguments.add("-F", value + mark.utf8 + Self.quoted(name) + modifiers, hiding: [])
        case .standardInput:
            arguments.add("-F", value + (part.fileName == nil ? "<-" : "@-").utf8 + modifiers, hiding: [])
        }
    }

    private func variablesFit(_ bytes: [UInt8]) -> Bool { ShellWord([.bytes(bytes)]).fitsArgument }

    private static func name(_ part: FormPart) -> [UInt8] {
        part.name.map { CarriedText.bytes(of: $0).bytes } ?? []
    }

    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        bytes.flatMap { $0 == 0x22 || $0 == 0x5C ? [0x5C, $0] : [$0] }
    }

    private static func quoted(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "\"")] + escaped(bytes) + [UInt8(ascii: "\"")]
    }

    /// What follows the content.
    private static func modifiers(_ part: FormPart) -> [UInt8] {
        var result: [UInt8] = []
        func add(_ name: String, _ value: String) {
            result += ";\(name)=".utf8 + quoted(CarriedText.bytes(of: value).bytes)
        }
        // A type stands without quotes.
        if let type = part.type { result += ";type=\(type)".utf8 }
        if let fileName = part.fileName, fileName != usualName(part) { add("filename", fileName) }
        if let encoding = part.encoding { result += ";encoder=\(encoding.rawValue)".utf8 }
        for line in part.headers { add("headers", line) }
        return result
    }

    /// The name that an upload has by itself.
    private static func usualName(_ part: FormPart) -> String? {
        switch part.content {
        case .bytes: nil
        case .file(let path): path.split(separator: "/").last.map(String.init) ?? path
        case .standardInput: "-"
        }
    }
}
