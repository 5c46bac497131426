import Testing

@testable import FerryCLI

@Suite struct ConnectorUseTests {
    @Test func `a connector is through when its last transfer is over and no other is to come`() {
        var use = ConnectorUse(connectors: [0, 1, 0, 2], count: 3)
        #expect(use.begin(operation: 0) == [])
        #expect(use.end(operation: 0) == nil)
        #expect(use.begin(operation: 1) == [])
        #expect(use.begin(operation: 1) == [])
        #expect(use.end(operation: 1) == nil)
        #expect(use.begin(operation: 2) == [])
        #expect(use.end(operation: 1) == 1)
        #expect(use.end(operation: 2) == nil)
        #expect(use.begin(operation: 3) == [0])
        #expect(use.end(operation: 3) == nil)
    }

    @Test func `an operation that is passed over has nothing to keep`() {
        var use = ConnectorUse(connectors: [0, 1, 2], count: 3)
        #expect(use.begin(operation: 2) == [0, 1])
    }
}
