import Sockets
import TLS
import Testing

@testable import Connector

@LoopActor @Suite struct ConnectorOptionTests {
    private func isInvalid(_ option: String, _ make: () throws(ConnectorOptionError) -> TCPConnector) -> Bool
    {
        do {
            _ = try make()
            return false
        } catch {
            if case .invalid(option, _, _) = error { return true }
            return false
        }
    }

    @Test func `defaults are what the documentation says (PARAM-01…21, MEM-02, MEM-09)`() throws {
        let connector = try TCPConnector()
        #expect(connector.keepAliveTimeout == .seconds(15))
        #expect(connector.limit == 100)
        #expect(connector.limitPerHost == nil)
        #expect(!connector.forceClose)
        #expect(!connector.enableCleanupClosed)
        #expect(connector.loop === EventLoop.shared)
        #expect(connector.tls == .verified)
        #expect(connector.usesDNSCache)
        #expect(connector.dnsCacheTTL == .seconds(10))
        #expect(connector.addressFamily == .any)
        #expect(connector.localAddress == nil)
        #expect(connector.connectionAttemptDelay == .milliseconds(250))
        #expect(connector.firstAddressFamilyCount == nil)
        #expect(connector.tlsShutdownTimeout == .zero)
        #expect(connector.supportedSchemes == ["http", "https", "tcp"])
        #expect(!connector.isClosed)
    }

    @Test
    func `zero means no limit, and the longest goodbye is half a minute (PARAM-02, PARAM-03, PARAM-21)`()
        throws
    {
        let connector = try TCPConnector(limit: 0, limitPerHost: 0, tlsShutdownTimeout: .seconds(90))
        #expect(connector.limit == nil)
        #expect(connector.limitPerHost == nil)
        #expect(connector.tlsShutdownTimeout == .seconds(30))
        #expect(try TCPConnector(limit: nil, limitPerHost: 500).limitPerHost == 500)
    }

    @Test func `values that mean nothing are refused by name (PARAM-01…21)`() {
        let below: Duration = .seconds(-1)
        #expect(isInvalid("limit") { () throws(ConnectorOptionError) in try TCPConnector(limit: -1) })
        #expect(
            isInvalid("limitPerHost") { () throws(ConnectorOptionError) in try TCPConnector(limitPerHost: -1)
            })
        #expect(
            isInvalid("keepAliveTimeout") { () throws(ConnectorOptionError) in
                try TCPConnector(keepAliveTimeout: below)
            })
        #expect(
            isInvalid("tlsShutdownTimeout") { () throws(ConnectorOptionError) in
                try TCPConnector(tlsShutdownTimeout: below)
            })
        #expect(
            isInvalid("dnsCacheTTL") { () throws(ConnectorOptionError) in try TCPConnector(dnsCacheTTL: below)
            })
        #expect(
            isInvalid("dnsCacheCapacity") { () throws(ConnectorOptionError) in
                try TCPConnector(dnsCacheCapacity: 0)
            })
        #expect(
            isInvalid("connectionAttemptDelay") { () throws(ConnectorOptionError) in
                try TCPConnector(connectionAttemptDelay: below)
            })
        #expect(
            isInvalid("firstAddressFamilyCount") { () throws(ConnectorOptionError) in
                try TCPConnector(firstAddressFamilyCount: -1)
            })
        #expect(
            isInvalid("localAddress") { () throws(ConnectorOptionError) in
                try TCPConnector(localAddress: .unix([0x2f]))
            })
        #expect(throws: ConnectorOptionError.conflicting("keepAliveTimeout", "forceClose")) {
            try TCPConnector(keepAliveTimeout: .zero, forceClose: true)
        }
    }

    @Test func `a timeout is more than nothing (PARAM-24)`() throws {
        for value in [Duration.zero, .seconds(-1)] {
            #expect(throws: ConnectorOptionError.self) { try ConnectTimeouts(connect: value) }
            #expect(throws: ConnectorOptionError.self) { try ConnectTimeouts(socketConnect: value) }
        }
        #expect(try ConnectTimeouts() == .none)
        #expect(try ConnectTimeouts(connect: .seconds(1)).connect == .seconds(1))
    }
}
