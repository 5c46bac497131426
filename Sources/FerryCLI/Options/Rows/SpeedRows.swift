/// Transfers that are too slow.
extension OptionRow {
    static var speedLimit: OptionRow {
        OptionRow(
            .connection, .size { $0.operation.speedLimit = $1 },
            help: "fail when slower than this for --speed-time",
            text: """
                In bytes a second, both directions together; k, M and G may follow. A transfer that stays below it for the \
                time of --speed-time (30 seconds unless given) fails with exit status 28, which --retry repeats. \
                Connecting does not count. 0 is no limit.
                """,
            example: "-Y 1k -y 20 -O https://example.com/image.iso")
    }

    static var speedTime: OptionRow {
        OptionRow(
            .connection, .seconds { $0.operation.speedTime = $1 },
            help: "how long to be slower than --speed-limit",
            text: "Without --speed-limit, a limit of 1 byte a second holds. 0 is no limit.",
            example: "-y 60 -O https://example.com/image.iso")
    }
}
