/// Values by texts, which are compared by their bytes; in a dictionary of `String`s, `é` and `e` + U+0301 would be one key.
package struct TextMap<Value>: Sequence, ExpressibleByDictionaryLiteral {
    private var values: [ExactText: Value] = [:]

    /// A map of texts; of equal ones, the last wins.
    package init(dictionaryLiteral elements: (String, Value)...) {
        for (text, value) in elements { values[ExactText(text)] = value }
    }

    /// A map of texts that all differ.
    package init(uniqueKeysWithValues elements: some Sequence<(String, Value)>) {
        values = Dictionary(uniqueKeysWithValues: elements.map { (ExactText($0), $1) })
    }

    /// A map of texts; of equal ones, the first wins.
    package init(first elements: some Sequence<(String, Value)>) {
        values = Dictionary(elements.map { (ExactText($0), $1) }) { first, _ in first }
    }

    package subscript(text: String) -> Value? {
        get { values[ExactText(text)] }
        set { values[ExactText(text)] = newValue }
    }

    package subscript(text: String, default value: @autoclosure () -> Value) -> Value {
        get { values[ExactText(text)] ?? value() }
        _modify { yield &values[ExactText(text), default: value()] }
    }

    /// The previous value, if there was one.
    package mutating func updateValue(_ value: Value, forKey text: String) -> Value? {
        values.updateValue(value, forKey: ExactText(text))
    }

    package func mapValues<Other>(_ transform: (Value) throws -> Other) rethrows -> TextMap<Other> {
        var other: TextMap<Other> = [:]
        other.values = try values.mapValues(transform)
        return other
    }

    package var count: Int { values.count }
    package var isEmpty: Bool { values.isEmpty }
    /// The values, in no order.
    package var all: some Collection<Value> { values.values }

    package func makeIterator() -> some IteratorProtocol<(key: String, value: Value)> {
        values.lazy.map { (key: $0.key.string, value: $0.value) }.makeIterator()
    }
}

extension TextMap: Sendable where Value: Sendable {}

/// Texts, each once by its bytes.
package struct TextSet: Sendable {
    private var texts: Set<ExactText> = []

    package init() {}

    @specialized(where Texts == [String])
    package init<Texts: Sequence<String>>(_ texts: Texts) {
        self.texts = Set(texts.map { ExactText($0) })
    }

    /// Adds a text.
    ///
    /// - Returns: false if it was already there.
    package mutating func insert(_ text: String) -> Bool { texts.insert(ExactText(text)).inserted }

    package func contains(_ text: String) -> Bool { texts.contains(ExactText(text)) }

    package var count: Int { texts.count }
}
