/// How often each of some texts occurred; few are different.
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

    /// The counts by text. What Unicode calls the same is one text.
    var byText: [String: Int] { Dictionary(zip(texts, counts), uniquingKeysWith: +) }
}
