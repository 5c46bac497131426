/// What the options do that change how a request looks and where it may go.
enum ShapeStores {
    /// `-L`, which takes the place of `--follow`.
    static func location(_ builder: SettingsBuilder, isOn: Bool) {
        builder.operation.location = isOn
        guard isOn, builder.operation.follow else { return }
        builder.operation.follow = false
        builder.warn("--location overrides the --follow before it")
    }

    /// `--follow`, which takes the place of `-L`.
    static func follow(_ builder: SettingsBuilder, isOn: Bool) {
        builder.operation.follow = isOn
        guard isOn, builder.operation.location else { return }
        builder.operation.location = false
        builder.warn("--follow overrides the --location before it")
    }

    /// `--request-target`.
    static func target(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        // A blank or a line end would end the target, and what follows would be read as something else.
        guard use.value.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw use.refusal("holds a blank or control character, which no request line may")
        }
        builder.operation.requestTarget = use.value
    }

    /// `--proto`.
    static func protocols(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.protocols = try protocolSet(builder, use)
    }

    /// `--proto-redir`.
    static func redirectProtocols(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        builder.operation.redirectProtocols = try protocolSet(builder, use)
    }

    private static func protocolSet(
        _ builder: SettingsBuilder, _ use: OptionUse
    ) throws(UsageError) -> ProtocolSet {
        let set = ProtocolSet(use.value) {
            builder.warn("option \(use.flag): unrecognized protocol \(Quoting.quoted($0))")
        }
        guard let set else {
            throw use.refusal("leaves no protocol (a list such as =https or -all,https is expected)")
        }
        return set
    }

    /// `--proto-default`.
    static func defaultProtocol(_ builder: SettingsBuilder, _ use: OptionUse) throws(UsageError) {
        let name = use.value.lowercased()
        guard ProtocolSet.all.contains(name) else {
            throw use.refusal(
                "is no protocol that ferry speaks (http or https)", status: .unsupportedProtocol)
        }
        builder.operation.defaultProtocol = name
    }
}
