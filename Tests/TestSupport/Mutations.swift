/// Texts with changes in them, drawn as the scripts that make their references draw them: JSONTests/References/mutations.py.
public struct Mutations: Sendable {
    /// What is changed.
    public var bases: [[UInt8]] = []
    /// What is put in.
    public var tokens: [[UInt8]] = []

    /// No texts yet.
    public init() {}

    /// A linear congruential generator of 64 bits, by its upper half.
    public struct Draw: Sendable {
        private var state: UInt64

        /// A generator with a seed.
        public init(_ seed: UInt64) { state = seed }

        /// The next number from 0 to `bound` - 1.
        public mutating func below(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
    }

    /// The bytes of hexadecimal digits, as the references write texts.
    public static func bytes(_ hexadecimal: String) -> [UInt8] {
        let digits = hexadecimal.utf8.map { UInt8($0 < 0x3A ? $0 - 0x30 : $0 - 0x57) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    /// A text with up to three changes.
    public func next(_ draw: inout Draw) -> [UInt8] {
        var text = bases[draw.below(bases.count)]
        for _ in 0..<draw.below(4) {
            let place = draw.below(text.count + 1)
            let next = min(place + 1, text.count)
            let change = draw.below(6)
            switch change {
            case 0: text.insert(contentsOf: tokens[draw.below(tokens.count)], at: place)
            case 1: text.removeSubrange(place..<min(place + draw.below(8), text.count))
            case 2: text.insert(contentsOf: text[place..<min(place + draw.below(20), text.count)], at: place)
            case 3 where draw.below(8) == 0: text.removeSubrange(place...)
            case 4: text.replaceSubrange(place..<next, with: [UInt8(draw.below(256))])
            default: text.replaceSubrange(place..<next, with: [UInt8(0x20 + draw.below(0x60))])
            }
        }
        return text
    }
}
