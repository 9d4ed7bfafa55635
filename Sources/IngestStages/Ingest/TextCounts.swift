/// Counts of texts, few of which are distinct.
struct TextCounts: Sendable {
    private var places: [ShortText: Int] = [:]
    private var texts: [String] = []
    private var counts: [Int] = []

    /// Counts a text once.
    mutating func add(_ utf8: ArraySlice<UInt8>) {
        let key = ShortText(utf8)
        if let place = places[key] {
            counts[place] += 1
        } else {
            places[key] = texts.count
            texts.append(String(decoding: utf8, as: UTF8.self))
            counts.append(1)
        }
    }

    /// The counts by text. Canonically equivalent texts count as one.
    var byText: [String: Int] { Dictionary(zip(texts, counts), uniquingKeysWith: +) }
}
