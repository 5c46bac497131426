import HTTPCore

/// What stands in NAME.part.meta: of which body the bytes in NAME.part are, and how many. Pure.
///
/// One flat JSON object. Its text has the same length whatever the count is, so that it can be brought up to date in place.
struct PartMeta: Equatable {
    /// Without login and secret parameters.
    var url: String
    /// The last part of the output's name.
    var name: String
    /// The strong tag of the body; nil without one.
    var entityTag: String?
    /// When the body was changed last, if that is a strong validator; nil when not.
    var lastModified: String?
    /// The length of the whole; nil = not known.
    var length: Int64?
    /// How many bytes are safely in the part.
    var bytes: Int64
    /// When the part was written last, in nanoseconds since 1970, as its file system has it. An older part is another one.
    var partTime: Int64

    static let version: Int64 = 1
    /// Longer ones are not read.
    static let mostBytes = 64 * 1024

    var validator: StrongValidator? {
        StrongValidator(
            entityTag: entityTag.map { CarriedText.bytes(of: $0) }, lastModified: lastModified)
    }

    var text: String {
        func wide(_ number: Int64) -> String { padded(String(number), 19, with: " ") }
        let members = [
            ("ferry_part", String(Self.version)), ("url", jsonString(url)), ("name", jsonString(name)),
            ("etag", entityTag.map(jsonString) ?? "null"),
            ("last_modified", lastModified.map(jsonString) ?? "null"),
            ("length", length.map(String.init) ?? "null"), ("bytes", wide(bytes)),
            ("part_time_ns", wide(partTime)),
        ]
        return "{" + members.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ") + "}\n"
    }

    /// Why a file is none of these, or none that can be used.
    enum Problem: Error, Equatable, CustomStringConvertible {
        case damaged
        case newer

        var description: String {
            switch self {
            case .damaged: "is damaged, or not of ferry"
            case .newer: "was written by a newer ferry"
            }
        }
    }

    init(
        url: String, name: String, validator: StrongValidator?, length: Int64?, bytes: Int64 = 0,
        partTime: Int64 = 0
    ) {
        self.url = url
        self.name = name
        self.length = length
        self.bytes = bytes
        self.partTime = partTime
        switch validator {
        case .entityTag(let tag)?: entityTag = CarriedText.text(of: tag.bytes)
        case .lastModified(_, let text)?: lastModified = text
        case nil: break
        }
    }

    /// Reads a file. Members that are not known are an error in this version's files: nobody else writes them.
    init(parsing bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= Self.mostBytes, var members = FlatJSON.parse(bytes),
            case .number(let version)? = members.removeValue(forKey: "ferry_part")
        else { throw .damaged }
        guard version <= Self.version else { throw .newer }
        guard version == Self.version, members.count == 7,
            case .text(let url)? = members["url"], case .text(let name)? = members["name"],
            let entityTag = members["etag"]?.optionalText,
            let lastModified = members["last_modified"]?.optionalText,
            let length = members["length"]?.optionalNumber,
            case .number(let count)? = members["bytes"], case .number(let time)? = members["part_time_ns"],
            count >= 0, length.map({ $0 >= count }) ?? true
        else { throw .damaged }
        self.url = url
        self.name = name
        self.entityTag = entityTag
        self.lastModified = lastModified
        self.length = length
        self.bytes = count
        partTime = time
    }
}

/// A JSON object of texts, whole numbers and nulls, which is all that a flat record needs. Strict: whatever else is there,
/// or a name that comes twice, makes nothing of the whole.
enum FlatJSON {
    enum Value: Equatable {
        case text(String)
        case number(Int64)
        case null

        /// nil where it is neither a text nor null.
        var optionalText: String?? {
            switch self {
            case .text(let text): .some(text)
            case .null: .some(nil)
            case .number: nil
            }
        }

        var optionalNumber: Int64?? {
            switch self {
            case .number(let number): .some(number)
            case .null: .some(nil)
            case .text: nil
            }
        }
    }

    static func parse(_ bytes: [UInt8]) -> [String: Value]? {
        guard let object = try? JSONValue(bytes), object.kind == .object else { return nil }
        var members: [String: Value] = [:]
        var isFlat = true
        object.forEach { (name, member) in
            isFlat = false
            guard let name, let key = String(validating: name.string, as: UTF8.self),
                let value = value(member), members.updateValue(value, forKey: key) == nil
            else { return false }
            isFlat = true
            return true
        }
        return isFlat ? members : nil
    }

    private static func value(_ json: JSONValue) -> Value? {
        switch json.kind {
        case .null: .null
        case .string: String(validating: json.string, as: UTF8.self).map(Value.text)
        case .number where json.raw.allSatisfy(ASCII.isDigit):
            Int64(String(decoding: json.raw, as: UTF8.self)).map(Value.number)
        case .number, .boolean, .array, .object: nil
        }
    }
}
