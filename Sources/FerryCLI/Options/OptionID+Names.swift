// How options are called: by letter, by another spelling, by mistake.
extension OptionID {
    /// The option with this letter.
    package init?(letter: Unicode.Scalar) {
        switch letter {
        case "#": self = .progressBar
        case "1": self = .tlsv1
        case "2": self = .sslv2
        case "3": self = .sslv3
        case "0": self = .http10
        case "4": self = .ipv4
        case "6": self = .ipv6
        case ":": self = .next
        case "A": self = .userAgent
        case "a": self = .append
        case "B": self = .useAscii
        case "b": self = .cookie
        case "c": self = .cookieJar
        case "C": self = .continueAt
        case "d": self = .data
        case "D": self = .dumpHeader
        case "e": self = .referer
        case "E": self = .cert
        case "f": self = .fail
        case "F": self = .form
        case "g": self = .globoff
        case "G": self = .get
        case "h": self = .help
        case "H": self = .header
        case "i": self = .showHeaders
        case "I": self = .head
        case "j": self = .junkSessionCookies
        case "J": self = .remoteHeaderName
        case "k": self = .insecure
        case "K": self = .config
        case "L": self = .location
        case "l": self = .listOnly
        case "m": self = .maxTime
        case "n": self = .netrc
        case "M": self = .manual
        case "N": self = .buffer
        case "o": self = .output
        case "O": self = .remoteName
        case "p": self = .proxyTunnel
        case "P": self = .ftpPort
        case "q": self = .disable
        case "Q": self = .quote
        case "r": self = .range
        case "R": self = .remoteTime
        case "s": self = .silent
        case "S": self = .showError
        case "T": self = .uploadFile
        case "t": self = .telnetOption
        case "u": self = .user
        case "U": self = .proxyUser
        case "v": self = .verbose
        case "V": self = .version
        case "w": self = .writeOut
        case "x": self = .proxy
        case "y": self = .speedTime
        case "Y": self = .speedLimit
        case "X": self = .request
        case "z": self = .timeCond
        case "Z": self = .parallel
        default: return nil
        }
    }

    /// The option with this long name or another long spelling of it; no abbreviations.
    package static func named(_ name: String) -> OptionID? {
        OptionID(rawValue: name) ?? allCases.first { $0.otherNames.contains(name) }
    }

    /// The letter of the option, for help texts.
    package var letter: Character? {
        for byte in UInt8(ascii: "!")...UInt8(ascii: "~") where OptionID(letter: Unicode.Scalar(byte)) == self
        {
            return Character(Unicode.Scalar(byte))
        }
        return nil
    }

    /// Other long names, for help texts.
    package var otherNames: [String] {
        switch self {
        case .showHeaders: ["include"]
        case .disableEPRT: ["eprt"]
        case .disableEPSV: ["epsv"]
        case .krb: ["krb4"]
        case .ssl: ["ftp-ssl"]
        case .sslReqd: ["ftp-ssl-reqd"]
        default: []
        }
    }

    /// The long spelling that help shows, with its dashes: the one that changes the default.
    package var documentedName: String {
        (row.kind.isDocumentedNegated ? "--no-" : "--") + rawValue
    }

    /// The name, without dashes, that a mistyped one probably meant.
    static func nearest(to name: String) -> String? {
        let typed = Array(name.utf8.prefix(40))
        guard typed.count > 2 else { return nil }
        var best: (name: String, distance: Int)?
        for id in allCases where id.row.category != .hidden && id.row.category != .curl {
            let candidate = String(id.documentedName.dropFirst(2))
            let distance = editDistance(typed, Array(candidate.utf8))
            if distance <= min(max(1, typed.count / 3), 3), distance < best?.distance ?? .max {
                best = (candidate, distance)
            }
        }
        return best?.name
    }

    /// Insertions, deletions and replacements that lead from one to the other.
    private static func editDistance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, byte) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, candidate) in other.enumerated() {
                let replaced = diagonal + (byte == candidate ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
