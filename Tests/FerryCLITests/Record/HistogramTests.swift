import Testing

@testable import FerryCLI

struct HistogramTests {
    @Test(arguments: [1, 127, 128, 255, 256, 1000, 12_345, 999_999, 1 << 30, (1 << 40) - 1])
    func `one duration is told with an error under one percent (O-04)`(value: Int) {
        var histogram = Histogram()
        histogram.record(value)
        for fraction in [0.0, 0.5, 0.99, 1] { #expect(histogram.quantile(fraction) == value) }
        // Its place, not the least and the greatest, is what many are told by.
        histogram.record(0)
        histogram.record(1 << 41)
        let told = histogram.quantile(0.5)
        #expect(abs(Double(told - value)) <= 0.01 * Double(value), "\(told) for \(value)")
    }

    @Test func `percentiles are those of a sorted list, within one percent (O-04)`() {
        var generator = SystemRandomNumberGenerator()
        var histogram = Histogram()
        var all: [Int] = []
        for _ in 0..<20_000 {
            let value = Int(pow2(Double.random(in: 0...34, using: &generator)))
            histogram.record(value)
            all.append(value)
        }
        all.sort()
        for fraction in [0.01, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = all[max(1, Int((fraction * 20_000).rounded(.up))) - 1]
            let told = histogram.quantile(fraction)
            #expect(
                abs(Double(told - exact)) <= 0.01 * Double(exact) + 0.5, "\(fraction): \(told), not \(exact)")
        }
        #expect(histogram.count == 20_000 && histogram.max == all.last && histogram.min == all.first)
        let mean = Double(all.reduce(0, +)) / 20_000
        #expect(abs(histogram.mean - mean) < 0.001 * mean)
    }

    private func pow2(_ exponent: Double) -> Double {
        (0..<Int(exponent)).reduce(1 + exponent - exponent.rounded(.down)) { power, _ in power * 2 }
    }

    @Test func `without any all is zero, and what cannot be is counted at the end`() {
        var histogram = Histogram()
        #expect(histogram.quantile(0.5) == 0 && histogram.mean == 0)
        histogram.record(-5)
        histogram.record(.max)
        #expect(histogram.min == 0 && histogram.max == 1 << 40)
    }

    @Test func `it takes no more room for a million`() {
        var histogram = Histogram()
        for value in 0..<1_000_000 { histogram.record(value) }
        #expect(histogram.count == 1_000_000)
        // Fourteen powers of two above the exact ones.
        #expect(MemoryLayout.size(ofValue: histogram) < 100)
        #expect("\(histogram)".filter { $0 == "," }.count < 2100)
    }
}
