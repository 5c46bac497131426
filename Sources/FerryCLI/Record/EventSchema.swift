/// What the lines of `--events` are made of. It stands here once: the writer, the JSON Schema and the table of the manual
/// follow it.
package enum EventSchema {
    /// Raised when a member changes its meaning or goes away; new members do not raise it.
    static let version = 1

    /// Members of every line.
    static let common: [EventMember] = [.version, .event, .time]
    /// Members of every line that is about a transfer.
    static let ids: [EventMember] = [.transfer, .attempt, .hop]
}

/// The value that `event` has.
enum EventName: Int, CaseIterable, Sendable {
    case queue, pace, dns, attempt, connect, proxy, tls, reuse, request, sent, interim, head, redirect, login,
        retry,
        pause, progress, end, summary

    private static let names = [
        "queue", "pace", "dns", "try", "connect", "proxy", "tls", "reuse", "request", "sent", "interim",
        "head",
        "redirect", "login", "retry", "pause", "progress", "end", "summary",
    ]

    /// As the line has it.
    var name: String { Self.names[rawValue] }

    /// What is told, and with which members beside those that all lines have.
    struct Row {
        var meaning: String
        /// Those that are always there.
        var required: [EventMember] = []
        /// Those that are there where they apply.
        var optional: [EventMember] = []
    }

    /// What the line tells.
    var row: Row {
        switch self {
        case .queue:
            Row(
                meaning:
                    "No connection is free: the request waits in line. A second one, with queue_us, when it has one.",
                optional: [.position, .queueTime])
        case .pace:
            Row(meaning: "The transfer waited for its turn, to keep to --rate.", required: [.pauseTime])
        case .dns:
            Row(
                meaning: "A name is looked up. Where the resolver was asked a second one has what it said.",
                required: [.host, .port, .source], optional: [.addresses])
        case .attempt:
            Row(
                meaning: "An address is tried. A second one, with error, when it failed.",
                required: [.address],
                optional: [.error])
        case .connect:
            Row(
                meaning: "The connection stands, proxy and TLS included; or there is none, with error.",
                optional: [.address, .local, .error])
        case .proxy:
            Row(
                meaning:
                    "A proxy is asked for a way to the server. A second one, with status, when it answered.",
                optional: [.host, .port, .status])
        case .tls:
            Row(
                meaning:
                    "The handshake begins; proxy tells whose it is. A second one, with tls_version, at its end.",
                optional: [.host, .isProxy, .tlsVersion, .cipher, .isResumed])
        case .reuse:
            Row(
                meaning: "A connection that had served before serves again.",
                required: [.connection, .isReused],
                optional: [.address, .idleTime, .uses])
        case .request:
            Row(
                meaning: "A request is to be made.", required: [.method, .url, .host, .port],
                optional: [.isProxy, .bytes])
        case .sent:
            Row(
                meaning: "The whole request is out; bytes is its body.",
                required: [.connection, .isReused, .bytes])
        case .interim: Row(meaning: "An answer of class 1xx came.", required: [.connection, .status])
        case .head:
            Row(
                meaning: "The head of the answer came, and what becomes of it.",
                required: [.connection, .status, .fate], optional: [.reason, .total])
        case .redirect:
            Row(
                meaning: "A redirect is followed; dropped names the header fields that stay behind.",
                required: [.url, .status, .dropped])
        case .login:
            Row(meaning: "The request is sent again to say who asks.", required: [.isProxy, .status])
        case .retry:
            Row(
                meaning: "Another attempt follows.", required: [.reason, .pauseTime, .left],
                optional: [.status])
        case .pause:
            Row(
                meaning: "The transfer rests; or all of them leave a host alone, as it asks.",
                required: [.pauseTime, .reason], optional: [.host, .port])
        case .progress:
            Row(
                meaning: "Once a second at most while a body comes: bytes of it so far.", required: [.bytes],
                optional: [.total, .resumedFrom])
        case .end:
            Row(
                meaning:
                    "The transfer is over. Its phases add up to total_us. With reason: --skip-existing left it out.",
                required: [.exitCode, .bytes, .sentBytes, .totalTime],
                optional: [.url, .status, .error, .reason, .resumedFrom, .checksum, .verdict]
                    + EventMember.phases)
        case .summary:
            Row(
                meaning: "The last line: the run is over.",
                required: [.exitCode, .transfers, .failed, .bytes, .started, .opened, .reusedCount],
                optional: [.skipped, .signal, .error])
        }
    }

    /// False for the line that is about the run.
    var hasIDs: Bool { self != .summary }
}

/// A member of a line.
enum EventMember: Int, CaseIterable, Sendable {
    case version, event, time, transfer, attempt, hop, connection, url, host, port, address, addresses, local,
        method,
        status, reason, fate, error, exitCode, bytes, sentBytes, total, isReused, idleTime, uses, position,
        source,
        isProxy, tlsVersion, cipher, isResumed, dropped, left, pauseTime, queueTime, nameTime, connectTime,
        proxyTime,
        tlsTime, sendTime, waitTime, receiveTime, otherTime, totalTime, transfers, failed, started, opened,
        reusedCount,
        signal, resumedFrom, checksum, verdict, skipped

    /// What its value can be.
    enum Kind: Sendable {
        /// A whole number, zero or more.
        case count
        /// A whole number, one or more.
        case ordinal
        case text
        case flag
        case texts
        /// One of these texts.
        case word([String])
    }

    /// Parts of `total_us`, in the order of a plain request.
    static let phases: [EventMember] = [
        .queueTime, .nameTime, .connectTime, .proxyTime, .tlsTime, .sendTime, .waitTime, .receiveTime,
        .pauseTime,
        .otherTime,
    ]

    /// Its name in a line.
    var name: String { row.name }
    /// What its value can be.
    var kind: Kind { row.kind }
    /// What it says, for the manual.
    var meaning: String { row.meaning }

    private var row: (name: String, kind: Kind, meaning: String) {
        switch self {
        case .version: ("v", .count, "the version of this format, 1")
        case .event: ("event", .word(EventName.allCases.map(\.name)), "what happened")
        case .time: ("t_us", .count, "microseconds since the run began, never less than in the line before")
        case .transfer: ("transfer", .count, "the transfer, from 0 in the order of the command line")
        case .attempt: ("attempt", .count, "from 1; the next one is a retry; 0 before the first")
        case .hop:
            (
                "hop", .count,
                "from 1 in each attempt; the next one follows a redirect or a login; 0 before the first"
            )
        case .connection:
            ("connection", .count, "the connection under the request, from 0 in the order of first use")
        case .url: ("url", .text, "a URL, secrets hidden")
        case .host: ("host", .text, "a host without its port")
        case .port: ("port", .count, "its port")
        case .address: ("address", .text, "an address with its port, or the path of a Unix socket")
        case .addresses: ("addresses", .texts, "what a name stands for, in the order of trying")
        case .local: ("local", .text, "this side's address")
        case .method: ("method", .text, "of the request")
        case .status: ("status", .count, "of the answer")
        case .reason: ("reason", .text, "why, or the phrase beside the status")
        case .fate: ("fate", .word(Self.fates), "what becomes of an answer")
        case .error: ("error", .text, "what went wrong, secrets hidden")
        case .exitCode: ("exit_code", .count, "the exit status; 0 = all is well")
        case .bytes: ("bytes", .count, "of a body, without framing")
        case .sentBytes: ("sent_bytes", .count, "of request bodies")
        case .total: ("total", .count, "how many bytes there are to be")
        case .isReused: ("reused", .flag, "the connection had served before")
        case .idleTime: ("idle_us", .count, "how long it was idle")
        case .uses: ("uses", .count, "how often it had served")
        case .position: ("position", .ordinal, "the place in line")
        case .source:
            (
                "source", .word(["cache", "resolver", "shared"]),
                "who knows a name; shared: somebody asks already"
            )
        case .isProxy: ("proxy", .flag, "a proxy is concerned, not the server")
        case .tlsVersion: ("tls_version", .text, "for example TLSv1.3")
        case .cipher: ("cipher", .text, "the cipher suite")
        case .isResumed: ("resumed", .flag, "the TLS session is an earlier one")
        case .dropped: ("dropped", .texts, "names of header fields")
        case .left: ("left", .count, "attempts that are left, that one included")
        case .pauseTime: ("pause_us", .count, "a rest: before another attempt, for --rate, or all of them")
        case .queueTime: ("queue_us", .count, "waiting in line for a connection")
        case .nameTime: ("dns_us", .count, "looking up the name")
        case .connectTime: ("connect_us", .count, "connecting the socket")
        case .proxyTime: ("proxy_us", .count, "settling the way with a proxy")
        case .tlsTime: ("tls_us", .count, "the TLS handshake")
        case .sendTime: ("send_us", .count, "sending the request")
        case .waitTime: ("wait_us", .count, "waiting for the first byte of the answer")
        case .receiveTime: ("receive_us", .count, "receiving the rest")
        case .otherTime: ("other_us", .count, "what ferry does itself, files included")
        case .totalTime: ("total_us", .count, "from the beginning of the transfer to its end")
        case .transfers: ("transfers", .count, "how many ended")
        case .failed: ("failed", .count, "how many of them failed")
        case .skipped: ("skipped", .count, "how many of them asked for nothing, as the file was there")
        case .started: ("started", .text, "when the run began, in UTC")
        case .opened: ("connections_opened", .count, "connections that were made")
        case .reusedCount: ("connections_reused", .count, "how often one served again")
        case .signal: ("signal", .count, "the signal that ended the run")
        case .resumedFrom: ("resumed_from", .count, "how much of the body was there before")
        case .checksum: ("checksum", .text, "of what was written, as ALGORITHM:HEX")
        case .verdict: ("checked", .text, "what the body was found to agree with")
        }
    }

    /// As `TransferEvent.Fate` names them.
    static let fates = [
        "delivered", "followed", "repeatedWithLogin", "repeatedWithoutExpect", "retried", "unmodified",
        "unwanted",
        "refused",
    ]
}
