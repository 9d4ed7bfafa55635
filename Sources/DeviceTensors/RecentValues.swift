/// The values most recently made from a few keys. Keys that share their storage compare at once.
struct RecentValues<Key: Equatable, Value> {
    private let limit: Int
    private var entries: [(key: Key, value: Value)] = []

    init(limit: Int) { self.limit = limit }

    /// The value of a key, made if it is not among the recent ones.
    mutating func value(of key: Key, make: () -> Value) -> Value {
        if let place = entries.lastIndex(where: { $0.key == key }) {
            let entry = entries.remove(at: place)
            entries.append(entry)
            return entry.value
        }
        let value = make()
        if entries.count == limit { entries.removeFirst() }
        entries.append((key, value))
        return value
    }
}
