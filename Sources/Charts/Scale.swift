import Glibc

/// How numbers become positions along an axis.
public struct Scale: Sendable, Hashable {
    /// How numbers are spaced.
    public enum Spacing: Sendable, Hashable {
        /// Equal differences have equal lengths.
        case linear
        /// Equal ratios have equal lengths; only positive numbers have a position.
        case logarithmic
    }

    /// A labeled number on an axis.
    struct Tick: Sendable, Hashable {
        /// The number.
        let value: Double
        /// Its label.
        let label: String
    }

    /// The spacing.
    let spacing: Spacing
    /// The numbers at both ends, lower one first.
    let domain: ClosedRange<Double>
    /// The labeled numbers, within the domain.
    let ticks: [Tick]

    /// A scale that ends at round numbers around the given values, ignoring values that are not finite.
    ///
    /// - Parameters:
    /// - values: the numbers that must have a position.
    /// - bounds: exact ends, instead of round numbers.
    /// - count: the approximate number of ticks.
    init(
        covering values: some Sequence<Double>, spacing: Spacing = .linear,
        bounds: ClosedRange<Double>? = nil, ticks count: Int = 6
    ) {
        let usable = values.filter { $0.isFinite && abs($0) < 1e150 && (spacing == .linear || $0 > 1e-150) }
        var low = bounds?.lowerBound ?? usable.min() ?? (spacing == .linear ? 0 : 1)
        var high = bounds?.upperBound ?? usable.max() ?? (spacing == .linear ? 1 : 10)
        self.spacing = spacing
        if spacing == .logarithmic {
            (domain, ticks) = Scale.decades(max(low, 1e-150), max(high, 1e-150), isFixed: bounds != nil)
            return
        }
        if high - low <= abs(high) * 1e-12 {
            // A single number: leave room on both sides.
            let room = max(abs(low) * 0.1, 0.5)
            (low, high) = (low - room, high + room)
        }
        let step = Scale.step(high - low, count: max(2, count))
        let first = bounds == nil ? (low / step.size).rounded(.down) : (low / step.size - 1e-9).rounded(.up)
        let last = bounds == nil ? (high / step.size).rounded(.up) : (high / step.size + 1e-9).rounded(.down)
        let marks = first <= last ? (0...Int(last - first)).map { (first + Double($0)) * step.size } : []
        ticks = marks.map { Tick(value: $0, label: Numerals.decimal($0, digits: step.digits)) }
        domain = bounds == nil ? (first * step.size)...(last * step.size) : low...high
    }

    /// The position of a number, 0 at the lower end and 1 at the upper; nil if it has none.
    func position(_ value: Double) -> Double? {
        guard value.isFinite, spacing == .linear || value > 0 else { return nil }
        let (low, high) = (domain.lowerBound, domain.upperBound)
        if spacing == .linear { return (value - low) / (high - low) }
        return (log10(value) - log10(low)) / (log10(high) - log10(low))
    }

    /// 1, 2 or 5 times a power of ten, such that about `count` steps cover the length.
    private static func step(_ length: Double, count: Int) -> (size: Double, digits: Int) {
        let rough = length / Double(count)
        let exponent = Int(log10(rough).rounded(.down))
        let mantissa = rough / pow(10, Double(exponent))
        let (factor, carry) =
            mantissa <= 1.2 ? (1.0, 0) : mantissa <= 3 ? (2, 0) : mantissa <= 7 ? (5, 0) : (1, 1)
        let power = exponent + carry
        // Dividing keeps 0.1 exact; multiplying by a power of ten would not.
        let size = power < 0 ? factor / pow(10, Double(-power)) : factor * pow(10, Double(power))
        return (size, min(max(0, -power), 12))
    }

    private static func decades(
        _ low: Double, _ high: Double, isFixed: Bool
    ) -> (ClosedRange<Double>, [Tick]) {
        var (from, to) = (Int(log10(low).rounded(.down)), Int(log10(high).rounded(.up)))
        if from == to { (from, to) = (from, to + 1) }
        let domain = isFixed && low < high ? low...high : pow(10, Double(from))...pow(10, Double(to))
        let span = to - from
        let every = max(1, span / 8)
        var ticks: [Tick] = []
        for power in from...to {
            for factor in span <= 2 ? [1.0, 2, 5] : [1.0] where (power - from) % every == 0 {
                let value = power < 0 ? factor / pow(10, Double(-power)) : factor * pow(10, Double(power))
                guard value >= domain.lowerBound * (1 - 1e-12), value <= domain.upperBound * (1 + 1e-12)
                else { continue }
                let label =
                    abs(power) <= 4
                    ? Numerals.decimal(value, digits: max(0, -power)) : "\(Int(factor))e\(power)"
                ticks.append(Tick(value: value, label: label))
            }
        }
        return (domain, ticks)
    }
}
