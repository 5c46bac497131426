import HTTPCore
import Testing

@testable import FerryCLI

@Suite struct PresentationTests {
    private static let full = JSONPrinter.Style(isIndented: true, isColoured: true)
    private static let layout = JSONPrinter.Style(isIndented: true, isColoured: false)
    private static let colours = JSONPrinter.Style(isIndented: false, isColoured: true)

    struct Case: Sendable, CustomTestStringConvertible {
        var choice: PrettyChoice
        var environment: [String: String]
        /// JSON on a terminal, in a pipe, and both with `-o -`.
        var json: [JSONPrinter.Style?]
        /// Heads on a terminal and in a pipe.
        var heads: [Bool]
        var styledOutput: Bool?

        init(
            _ choice: PrettyChoice, _ environment: [String: String], _ json: [JSONPrinter.Style?],
            _ heads: [Bool],
            styled: Bool? = nil
        ) {
            (self.choice, self.environment, self.json, self.heads) = (choice, environment, json, heads)
            styledOutput = styled
        }

        var testDescription: String { "\(choice) \(environment) \(styledOutput.map { "\($0)" } ?? "")" }
    }

    static let cases = [
        Case(.auto, [:], [full, nil, nil, nil], [true, false]),
        Case(.auto, ["NO_COLOR": ""], [full, nil, nil, nil], [true, false]),
        Case(.auto, ["NO_COLOR": "1"], [layout, nil, nil, nil], [false, false]),
        Case(.auto, ["TERM": "dumb"], [layout, nil, nil, nil], [false, false]),
        Case(.auto, ["CLICOLOR_FORCE": "1"], [full, colours, nil, nil], [true, true]),
        Case(.auto, ["CLICOLOR_FORCE": "0"], [full, nil, nil, nil], [true, false]),
        Case(.auto, ["CLICOLOR_FORCE": "1", "TERM": "dumb"], [full, colours, nil, nil], [true, true]),
        Case(.auto, ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"], [layout, nil, nil, nil], [false, false]),
        Case(.all, ["NO_COLOR": "1", "TERM": "dumb"], [full, full, full, full], [true, true]),
        Case(.all, [:], [full, full, full, full], [false, false], styled: false),
        Case(.none, ["CLICOLOR_FORCE": "1"], [nil, nil, nil, nil], [false, false]),
        Case(.none, [:], [nil, nil, nil, nil], [true, false], styled: true),
        Case(.auto, ["NO_COLOR": "1"], [layout, nil, nil, nil], [true, false], styled: true),
        Case(.auto, [:], [full, nil, nil, nil], [false, false], styled: false),
    ]

    @Test(arguments: cases)
    func `option, environment and terminal decide what is shown how (T-02)`(_ test: Case) {
        let presentation = Presentation(
            test.choice, styledOutput: test.styledOutput, environment: { test.environment[$0] })
        #expect(
            [true, false].map { presentation.json(onTerminal: $0, isWhole: false) }
                + [true, false].map { presentation.json(onTerminal: $0, isWhole: true) } == test.json)
        #expect([true, false].map { presentation.styles(headsOnTerminal: $0) } == test.heads)
    }
}
