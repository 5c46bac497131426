/// What the connector and the tool promise, one promise a line, under a name that tests bear in theirs. `make spec` prints which
/// test carries which; `BehaviourIndexTests` fails when one is carried by none.
///
/// A promise that cannot be tested says `n/a:` and why in place of its meaning.
let behaviours = """
    INV-01   connections being made and in use never exceed the limits, in all and per host
    INV-02   idle ones count too; only those that are closing do not
    INV-03   nobody waits while there is room for him: no wake-up is lost
    INV-04   each slot is given back exactly once, whatever ends the lease and however often
    INV-05   every descriptor is in a live connection, idle in the pool, or closed
    INV-06   state lives on the loop; foreign code that is called sees the books in order and may call back

    PARAM-01 keepAliveTimeout: nil is 15 s, zero pools nothing, negative and beside forceClose are errors
    PARAM-02 limit: 100 by default, nil or 0 is none, negative is an error
    PARAM-03 limitPerHost: none by default, nil or 0 is none, negative is an error, above limit never binds
    PARAM-04 forceClose: nothing is pooled, and the HTTP layer announces it
    PARAM-05 enableCleanupClosed: off by default; when on, no goodbye lasts longer than two seconds
    PARAM-06 loop: one per process, read-only, and everything happens on it
    PARAM-07 deadlines are exact; there is no threshold beyond which they are rounded
    PARAM-08 tls: verified, insecure, pinned or custom; verified by default
    PARAM-09 not verifying is a TLS mode, not a second option
    PARAM-10 a pin is a TLS mode, not a second option
    PARAM-11 a TLS configuration of one's own is a mode, and a value that compares and hashes
    PARAM-12 usesDNSCache: on by default
    PARAM-13 dnsCacheTTL: ten seconds, nil for ever, zero stale at once though lookups are shared, negative an error
    PARAM-14 dnsCacheCapacity: 1000, less than 1 is an error
    PARAM-15 addressFamily: any, ipv4 or ipv6
    PARAM-16 localAddress: a numeric address, port 0 for any; a path is an error
    PARAM-17 resolver: nil is the system's, which the connector closes; a given one is left open
    PARAM-18 connectionAttemptDelay: 250 ms, nil for one after another, at least 10 ms, negative an error
    PARAM-19 firstAddressFamilyCount: nil is 1 when racing and 0 otherwise, 0 keeps the order, negative an error
    PARAM-20 socketFactory: nil, or what makes the sockets
    PARAM-21 tlsShutdownTimeout: zero by default, at most 30 s, negative an error
    PARAM-22 path: required by the Unix connector
    PARAM-23 the Unix connector has every general option and takes its timeout with each connect
    PARAM-24 timeouts of a connect: nil is none, zero or less is an error when the value is made
    PARAM-25 tracer: nil by default, and then costs nothing

    MEM-01   isClosed is true from the first instant of close
    MEM-02   effective options can be read and not changed
    MEM-03   close takes a mode and never throws
    MEM-04   connect takes a request that knows nothing of HTTP
    MEM-05   a connector of one's own overrides one method; the base itself serves no scheme
    MEM-06   the switch of the name cache has one name, in the initialiser and as a property
    MEM-07   cachedHosts is a copy of fresh entries; looking is not using
    MEM-08   clearing takes no name, or a name and a port
    MEM-09   supportedSchemes; any other scheme fails before anything is opened
    MEM-10   a connection says when it is closed
    MEM-11   a connection has its transport until it is given back
    MEM-12   a connection names its loop
    MEM-13   a connection takes callbacks for its release
    MEM-14   scopes close what they were given, on every way out

    POOL-01  sockets are shared when host, port, TLS settings, server name and proxy with its headers are equal
    POOL-02  hosts compare in lower case, default ports fill in, a final dot and a zone make a difference
    POOL-03  TLS settings compare by value
    POOL-04  timeouts, tracers and whatever HTTP sends make no difference
    POOL-05  of equal sockets the one idle longest goes out first
    POOL-06  an idle socket exactly as old as allowed still serves, an older one is closed
    POOL-07  a socket that spoke, ended or broke while idle is not used again
    POOL-08  tickets and key updates of TLS do not spoil an idle socket; data, goodbyes and alerts do
    POOL-09  a socket whose peer left is gone at its deadline at the latest
    POOL-10  one timer for the next idle deadline, none when nothing is idle
    POOL-11  only what can serve again is pooled: whole exchange, nothing unread, not upgraded, not told to close
    POOL-12  an answer without a body leaves its socket fit for the next request
    POOL-13  closing one connection leaves the others of its key alone
    POOL-14  after a jump of the clock everything idle is stale
    POOL-15  the timer of an exchange that is over fires into no other
    POOL-16  a connection says whether and how often it served before
    POOL-17  where idle sockets stand in the way of a new one, the one idle longest is closed
    POOL-18  a connector that was lent is left open with what it holds

    LIMIT-01 past the limit a connect waits
    LIMIT-02 the limit per host counts host, port and TLS, whatever else differs
    LIMIT-03 both limits apply, the narrower one decides
    LIMIT-04 without limits nobody waits and nothing is counted
    LIMIT-05 taking an idle socket needs a slot too
    LIMIT-06 a slot is taken as it is found, so parallel connects cannot overshoot
    LIMIT-07 a failure gives its slot to the next and its error to nobody else
    LIMIT-08 a cancel in any phase does the same and closes what was half made
    LIMIT-09 one line over all hosts, in order of arrival
    LIMIT-10 who waits for a full host is passed over and keeps his place
    LIMIT-11 freed room is handed over on the spot; a newcomer cannot slip in
    LIMIT-12 who is cancelled in line leaves at once and without a trace
    LIMIT-13 who is cancelled with the slot in hand passes it on
    LIMIT-14 who is too late in line leaves the same way, with an error that names the line
    LIMIT-15 whatever frees room serves whoever fits, under whichever key
    LIMIT-16 a socket that is dead on delivery leaves its slot to the one it was for
    LIMIT-17 a slot is free when the close begins, not when it ends
    LIMIT-18 connections may be released from callbacks, tracers and other tasks
    LIMIT-19 a crowd that is cancelled, refused, cut off and closed upon leaves the books even

    CONN-01  a connect gives an open connection that knows both its ends
    CONN-02  checks come in order: cancelled, closed, scheme, host, slot
    CONN-03  a closed connector opens nothing
    CONN-04  what was being made when the connector closed is closed
    CONN-05  a task that was cancelled before takes nothing
    CONN-06  the limit of a connect covers every phase and says which one it was
    CONN-07  the limit of an address covers that address alone
    CONN-08  of release and close the first wins, the rest do nothing
    CONN-09  a connection is closed by release, close, the connector's close, or a broken transport
    CONN-10  a handle that was given back reaches nobody's socket
    CONN-11  callbacks run once, in order, before the slot is free
    CONN-12  a handle that is dropped is closed, frees its slot and is reported
    CONN-13  a scoped connection is released on return and closed otherwise
    CONN-14  old handles cannot disturb a closed connector
    CONN-15  one reader and one writer; a second is refused

    CLOSE-01 close ends idle and leased sockets, empties the books, and may be called again
    CLOSE-02 it returns when all sockets are really gone, and never throws
    CLOSE-03 those in line hear that the connector is closed
    CLOSE-04 what is being made is stopped
    CLOSE-05 lookups under way end for their callers at once
    CLOSE-06 no timer is left
    CLOSE-07 the connector closes its own resolver and no other
    CLOSE-08 TLS says goodbye by default and not a word when aborted
    CLOSE-09 a connector that is dropped closes what is idle and tells
    CLOSE-10 a scoped connector is closed on every way out, also when cancelled
    CLOSE-11 a read that waits ends with the connector
    CLOSE-12 a goodbye lasts no longer than its limit, nor than two seconds where that is asked for
    CLOSE-13 diagnostics go to a handler, and to nobody without one

    DNS-01   numeric addresses reach neither resolver nor cache
    DNS-02   other spellings of IPv4 are refused
    DNS-03   names are remembered by host and port
    DNS-04   a fresh entry answers alone
    DNS-05   an entry is fresh up to and including its time to live
    DNS-06   what was used or stored longest ago makes room
    DNS-07   addresses take turns inside their family
    DNS-08   lookups of one name at one time are one lookup
    DNS-09   who leaves a shared lookup leaves alone
    DNS-10   a failure goes to all who share it and is forgotten
    DNS-11   sharers get the answer itself, whatever happens to the cache
    DNS-12   clearing takes one name or all; a lookup from before does not come back
    DNS-13   a lookup counts toward the whole connect, not toward an address
    DNS-14   without the cache every connect asks
    DNS-15   closing during a lookup tells its callers and survives the late answer
    DNS-16   an answer without addresses is a failure of the name
    DNS-17   the family is asked for, and applied to the answer
    DNS-18   the system's resolver keeps its order and knows localhost where only the loopback is up
    DNS-19   the zone of a link-local address reaches the kernel
    DNS-20   an address keeps the name that was asked for, and its own port
    DNS-21   a failure carries name, port, code and words, and whether to try again
    DNS-22   names are resolved on at most eight threads that nobody waits for
    DNS-23   dots at the end count once in a lookup and never in TLS
    DNS-24   names are visible ASCII within the lengths of DNS
    DNS-25   a resolver resolves and closes, the latter more than once
    DNS-26   a tracer can neither wedge nor double a lookup

    HE-01    250 ms and one address of the first family; one address is no race
    HE-02    the next attempt begins after the delay, or at once when the newest fails
    HE-03    the first to connect wins and the rest are closed before it is used
    HE-04    families take turns behind those that lead
    HE-05    without a delay there is one attempt at a time
    HE-06    delays below ten milliseconds are ten
    HE-07    every race ends, whatever the count that leads
    HE-08    each address is tried once
    HE-09    when all fail, all are named in order
    HE-10    the family is filtered before the race
    HE-11    a family that the kernel lacks is a failed attempt
    HE-12    an address that fails in TLS is struck off alone
    HE-13    an attempt that times out is one failed attempt
    HE-14    the error is that of the attempt that came furthest
    HE-15    a cancel or deadline ends all attempts and is what is thrown

    SOCK-01  the local address is bound first
    SOCK-02  a local address of the other family fails in those words
    SOCK-03  a local port that is taken fails at the bind
    SOCK-04  sockets do not leak into children, block, delay or raise signals
    SOCK-05  what a factory gives is ours, what it throws is the attempt's
    SOCK-06  connecting is judged by the socket's error; a connection to itself is refused
    SOCK-07  without descriptors the socket idle longest makes way, once

    TLS-01   verified checks trust and name, insecure neither, custom what it says, http none
    TLS-02   the request's mode wins, but a pin of the connector stays
    TLS-03   a pin replaces the checks unless both are asked for
    TLS-04   the system's trust is loaded once, when first needed
    TLS-05   the name sent and checked is the override or the host, in lower case, without a dot; none for addresses
    TLS-06   addresses match the addresses of a certificate, not its names
    TLS-07   the same inside tunnels
    TLS-08   a fingerprint is a SHA-256; others are refused by name
    TLS-09   a wrong pin ends the attempt before a byte of ours, and says what came
    TLS-10   a right pin connects
    TLS-11   a pin means nothing to a plain connection
    TLS-12   what is wrong with a certificate is told
    TLS-13   what else is wrong with a handshake is told
    TLS-14   a silent peer is a timeout of TLS
    TLS-15   http/1.1 is offered and nothing else taken
    TLS-16   a handshake that fails closes its socket
    TLS-17   closing says goodbye, and waits for the answer as long as it may
    TLS-18   an end without goodbye is no clean end
    TLS-19   TLS 1.2 is the least by default
    TLS-20   an alert after the handshake shows in the first read

    UNIX-01  everything goes to the path
    UNIX-02  no such path and nobody there are told apart
    UNIX-03  a path that may not be opened says so
    UNIX-04  paths that cannot be are refused when the connector is made
    UNIX-05  an at sign leads into the abstract namespace
    UNIX-06  https over a Unix socket is TLS
    UNIX-07  pool, limits, timeouts and tracing are as for TCP

    PROXY-01 plain http goes to the proxy itself, under the target's key
    PROXY-02 https goes through a tunnel that is asked for with CONNECT
    PROXY-03 an answer that opens no tunnel is told with status and head
    PROXY-04 a proxy that is not there or has no name is told apart from the target
    PROXY-05 a tunnel is pooled once TLS stands, not before
    PROXY-06 a pin is the target's
    PROXY-07 certificates inside a tunnel are the target's
    PROXY-08 a proxy that stays silent or leaves frees socket and slot
    PROXY-09 TLS inside TLS

    TRACE-01 every step has an event
    TRACE-02 new, name unknown: the whole sequence
    TRACE-03 new, name known or numeric or not cached: the shorter ones
    TRACE-04 reused: one event
    TRACE-05 queued and dequeued come in pairs
    TRACE-06 who joins a lookup says so
    TRACE-07 what fails ends in one event
    TRACE-08 the name of a proxy is traced like any other
    TRACE-09 a tracer may do what it likes; the books stay right
    TRACE-10 the caller's number comes back in every event

    ERR-01   every error offers endpoint, number, attempts and a line of its own
    ERR-02   the line names host, port and TLS, and no secret
    ERR-03   a wrong pin is an error of TLS
    ERR-04   nothing foreign leaves connect unwrapped
    ERR-05   closed before cancelled before timed out, when more than one is true
    ERR-06   the connector itself repeats nothing

    SWIFT-01 open classes on the loop over a pure pool; unchecked claims only where they are listed
    SWIFT-02 giving back is synchronous, and a dropped handle is safe
    SWIFT-03 sleepers wake exactly once, whenever the cancel comes
    SWIFT-04 a fetch from a numeric address runs on one thread
    SWIFT-05 time is passed in; only shells look at the clock

    BUG-01   a timeout in line does not lock the pool
    BUG-02   parallel connects do not overshoot
    BUG-03   errors and closes lose no slot and no waiter
    BUG-04   no idle socket rots behind newer ones
    BUG-05   no socket that is closing is handed out
    BUG-06   idle sockets close in time
    BUG-07   no reuse across proxies, TLS settings or server names
    BUG-08   no old read timer in a new exchange
    BUG-09   closing after each use is announced
    BUG-10   one caller's cancel fails nobody else's lookup
    BUG-11   no stampede of lookups, no cache without bound
    BUG-12   no tracer and no parallel user corrupts the cache
    BUG-13   no crash when closed during a lookup, and no resolver left open
    BUG-14   no wrong name in TLS
    BUG-15   no zone lost, no family missed
    BUG-16   no address in disguise
    BUG-17   no address left untried
    BUG-18   no socket leaked on a cancel or a failed handshake
    BUG-19   no TLS shutdown too abrupt, too slow or leaked
    BUG-20   no tunnel pooled too early, no pin skipped behind a proxy

    X-01     every option is a row of the table, which help, manual and completions are made of
    X-02     an expectation is 110, a checksum 111, a wait 112, everything else as curl has it; the first failure decides
    X-03     -s silences what people read and nothing that programs read; under -sS a failure still ends in a line
    X-04     all of it works one after another and at once, over TCP, TLS, proxies and Unix sockets

    O-01     --events tells all that happens, by a schema that stands once, and loses no line
    O-02     --timing shows where the time went, on the terminal and on a page that needs nothing else
    O-03     --har is an HTTP Archive by the published schema, whose timings add up
    O-04     --stats counts in constant memory, with an error under one percent
    O-05     --repeat and --for measure a server, with --rate from the planned start
    O-06     one list of secrets serves all that is shown and recorded, in each form of a value
    O-07     phases add up, and what is recorded is whole whatever ends the run
    O-08     what the library counts and what --stats tells is the same

    T-02     --pretty lays out and colours JSON as it streams and changes no name, digit or order; heads have colours
    T-03     a body on a terminal may paint and not drive it; pipes and -o - get every byte
    T-04     standard output is handed over whenever nothing more is at hand
    T-08     --json-field makes a JSON body of paths and values, in order, each place once

    W-01     --wait-ready asks until it is ready and delivers the last answer; an end can be waited for, too
    W-02     what is not ready yet is asked again; what time does not heal ends the wait at once
    W-03     a line when the reason changes and one at the end; not ready in time is 112 with the last reason
    W-04     several wait side by side before anything is done, and a POST is never a question
    E-01     what answers have to be like is said by options, each an argument, each for its operation
    E-02     JSON is reached by jq's paths, judged as jq does, and numbers keep their digits
    E-04     --report writes JUnit, TAP, JSON and workflow commands, whole, also after a signal
    U-01     --unix-map: a host, or all beneath one, is reached by its socket, others as ever
    U-02     unix:, http://unix: and http+unix:// name a socket, and the host unix stays one
    U-03     each state of a socket has a text of its own with the path as typed, and no port is made up
    U-04     a redirect leaves no socket and enters none unless it is trusted
    E-03     the answer is delivered as ever; every difference is told with what was seen; the status is 110
    P-01     --rate holds for all requests, one after another or at once
    P-02     each host has a bucket of its own, and hosts that nothing is to be remembered of are forgotten
    P-03     a host that says "later" is left alone by the whole run, then asked one at a time, then more again
    P-04     announced limits are kept to on demand
    P-05     hosts take turns, and the order of the output stays
    P-06     twelve files from a server that limits its requests all arrive with three refusals at most
    V-01     a file gets its name only with the right checksum; the n-th belongs to the n-th output
    V-02     sums are read from files and URLs of every usual form, by the last part of the name
    V-03     digest fields are checked against the bytes as coded
    V-04     bytes are hashed as they are written, over retries and resumptions; nothing wrong is left
    V-05     sums are printed in order, for locking
    R-01     what breaks downloads is tried again where the method may be repeated, what is wrong here never
    R-02     POST is repeated when nothing was sent or done, or when a key tells the server that it is the same one
    R-03     a retry goes on where the body stopped if it is the same body still, and starts over if not
    R-04     so it does into pipes, which get no byte twice and none of another version
    R-05     what came of a file is kept as a pair that is true at each instant, and -C - takes it up
    R-06     a stream without a length gets its name when -m or a signal ends it
    R-07     a list says what is tried again, or what is taken away from that
    R-08     pauses double, have jitter and bounds, heed the server within reason and end with the time for retries
    R-09     notices and last errors name URL, reason, pause and attempts
    T-01     --progress shows bars, plain lines or JSON, follows the terminal and leaves it as it was
    T-05     a mistyped option names the nearest ones, one of another tool ours
    T-06     help and completions show what works; completions know choices and files, behind @ too, and no hosts
    T-07     :8080 is a place on this machine, and localhost is both its addresses
    T-09     --dry-run tells the request, the way, the file and the limits and opens nothing; --print-curl is the same by curl
    T-10     no file of a run is written over by another URL of it unless that is asked for
    """
