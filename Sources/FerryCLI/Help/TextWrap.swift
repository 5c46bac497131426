/// Breaks text into lines of a terminal.
enum TextWrap {
    /// `text` broken at blanks into lines of at most `width` columns, the first after `first`, the others after `indent`.
    ///
    /// Words that are longer than a line stand alone on theirs. No line ends with a blank; the last one ends with a line
    /// feed.
    static func wrap(_ text: String, width: Int, first: String = "", indent: String = "") -> String {
        var result = first
        var column = first.count
        var isLineEmpty = true
        for word in text.split(separator: " ") {
            if !isLineEmpty, column + 1 + word.count > width {
                result += "\n" + indent
                column = indent.count
                isLineEmpty = true
            }
            if !isLineEmpty {
                result += " "
                column += 1
            }
            result += word
            column += word.count
            isLineEmpty = false
        }
        return result + "\n"
    }

    /// The paragraphs of `text`, which are separated by empty lines.
    static func paragraphs(_ text: String) -> [String] {
        var paragraphs = [""]
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                if paragraphs[paragraphs.count - 1] != "" { paragraphs.append("") }
            } else {
                let separator = paragraphs[paragraphs.count - 1] == "" ? "" : " "
                paragraphs[paragraphs.count - 1] += separator + line
            }
        }
        return paragraphs.filter { !$0.isEmpty }
    }
}
