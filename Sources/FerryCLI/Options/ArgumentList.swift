/// The arguments of one kind in the order given, those of long config files as places in their bytes.
///
/// What an element must be is said of its methods and not of the type: each use of a type with such a parameter makes the
/// runtime search all conformances of the program at start-up.
package struct ArgumentList<Element>: ExpressibleByArrayLiteral {
    private(set) var pieces: [Piece]
    /// How many arguments there are.
    private(set) var count: Int

    enum Piece {
        case argument(Element)
        case run(ConfigRun)
    }

    package init(arrayLiteral elements: Element...) {
        pieces = elements.map { .argument($0) }
        count = elements.count
    }

    package var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        pieces.append(.argument(element))
        count += 1
    }

    /// Appends what is of this kind in `run`, which are `count`; nothing when that is 0.
    mutating func append(_ run: ConfigRun, count: Int) {
        guard count > 0 else { return }
        pieces.append(.run(run))
        self.count += count
    }

    func makeReader() -> Reader { Reader(pieces: pieces) }

    /// Gives the arguments one by one.
    struct Reader {
        fileprivate let pieces: [Piece]
        fileprivate var index = 0
        /// Where the next line of the run `index` begins; nil before its first.
        fileprivate var position: Int?
    }
}

extension ArgumentList: Equatable where Element: Equatable {}
extension ArgumentList.Piece: Equatable where Element: Equatable {}
extension ArgumentList: Sendable where Element: Sendable {}
extension ArgumentList.Piece: Sendable where Element: Sendable {}

extension ArgumentList.Reader where Element: PlainArgument {
    /// The next argument; nil at the end.
    mutating func next() -> Element? {
        while index < pieces.count {
            switch pieces[index] {
            case .argument(let element):
                index += 1
                return element
            case .run(let run):
                var position = position ?? run.range.lowerBound
                if let element: Element = run.next(from: &position) {
                    self.position = position
                    return element
                }
                self.position = nil
                index += 1
            }
        }
        return nil
    }
}
