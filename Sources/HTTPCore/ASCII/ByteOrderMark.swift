extension Collection<UInt8> {
    /// All but the mark that some editors put before UTF-8, which belongs to no line.
    package var withoutByteOrderMark: SubSequence {
        dropFirst(starts(with: [0xEF, 0xBB, 0xBF] as [UInt8]) ? 3 : 0)
    }
}
