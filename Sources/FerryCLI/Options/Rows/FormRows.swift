/// Multipart forms.
extension OptionRow {
    static var form: OptionRow {
        OptionRow(
            .data, .value("name=content", [], FormStores.form), repeats: .appends, essential: true,
            help: "send a multipart form in a POST",
            text: """
                Sends the fields as multipart/form-data, as a browser sends a form with files in it. 'name=text' is a \
                field, 'name=@file' uploads the file with its name and 'name=<file' makes the file's content the field; \
                - is standard input. 'name=@one,two' sends several files in one field. Files are read while they are \
                sent, whatever their size; when the length of one is not known beforehand the form goes out in chunks. \
                A file that cannot be read is exit status 26.

                After the content may stand ;type= with the media type, which is otherwise guessed from the file's \
                name, ;filename= with the name to tell the server, ;encoder= with binary, 8bit, 7bit, base64 or \
                quoted-printable, and ;headers= with a header line of the part, or @ and a file of them, once or more. \
                What holds a comma or semicolon is put in double quotes, in which \\" and \\\\ are a quote and a \
                backslash; --form-string takes everything as it is.

                '=(' begins a group of parts, which -F options fill until one with '=)' ends it; its type is \
                multipart/mixed unless ;type= says otherwise. -F cannot be combined with -d, -T or -I (exit status 2).
                """,
            example: "-F name=alice -F 'photo=@photo.jpg;type=image/jpeg' https://example.com/profile")
    }

    static var formString: OptionRow {
        OptionRow(
            .data, .value("name=text", [], FormStores.formString), repeats: .appends,
            help: "add a field to a form, text as it is",
            text: "As -F, but neither @ and < at the start of the text nor semicolons in it have a meaning.",
            example: "--form-string 'comment=<3; really' https://example.com/comments")
    }

    static var formEscape: OptionRow {
        OptionRow(
            .data, .toggle { $0.operation.formEscape = $1 },
            help: "escape names in forms with backslashes",
            text: """
                Names of fields and files with a double quote in them are sent with \\" in its place instead of %22, \
                and backslashes doubled, for servers that expect it.
                """,
            example: "--form-escape -F 'a\"b=c' https://example.com/form")
    }
}
