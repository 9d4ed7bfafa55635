import StageSchemas
import Texts

/// A condition on a parameter or a metric: `logLoss < 0.8`, `model = gemma`.
struct Condition {
    /// How two values are compared.
    enum Order { case less, equal, greater }

    private enum Relation: String, CaseIterable {
        // Longer ones first, since `<` begins `<=`.
        case atMost = "<="
        case atLeast = ">="
        case different = "!="
        case equalTwice = "=="
        case less = "<"
        case greater = ">"
        case equal = "="
    }

    let name: String
    private let relation: Relation
    private let value: Value
    /// The value as it is written.
    private let word: String

    /// - Throws: `CommandFailure` if the text is not a condition.
    init(_ text: String) throws {
        let bytes = Array(text.utf8)
        for index in bytes.indices {
            guard
                let relation = Relation.allCases.first(where: {
                    bytes[index...].starts(with: $0.rawValue.utf8)
                })
            else { continue }
            let name = String(decoding: bytes[..<index].trimmed, as: UTF8.self)
            let word = String(
                decoding: bytes[(index + relation.rawValue.utf8.count)...].trimmed, as: UTF8.self)
            guard !name.isEmpty, !word.isEmpty else { break }
            self.name = name
            self.relation = relation
            self.word = word
            value = (try? Value(json: Array(word.utf8))) ?? .string(word)
            return
        }
        throw CommandFailure.usage(
            "a condition is NAME < VALUE, with one of < <= > >= = !=, such as 'logLoss < 0.8', not '\(text)'")
    }

    /// Whether a value meets the condition. A missing value meets none, and values of different kinds have no order.
    func holds(for other: Value?) -> Bool {
        guard let other else { return false }
        // A text may look like a number: `version = 1.10`.
        let order =
            if case .string(let text) = other, text.hasSameBytes(as: word) { Order.equal } else {
                Self.order(other, value)
            }
        return switch relation {
        case .equal, .equalTwice: order == .equal
        case .different: order != .equal
        case .less: order == .less
        case .atMost: order == .less || order == .equal
        case .greater: order == .greater
        case .atLeast: order == .greater || order == .equal
        }
    }

    /// The order of two numbers or of two texts; nil for values of different kinds.
    static func order(_ left: Value, _ right: Value) -> Order? {
        if let a = left.asNumber, let b = right.asNumber {
            if a.isNaN || b.isNaN { return nil }
            return a < b ? .less : a > b ? .greater : .equal
        }
        if case .string(let a) = left, case .string(let b) = right {
            return a.precedesByBytes(b) ? .less : b.precedesByBytes(a) ? .greater : .equal
        }
        return left == right ? .equal : nil
    }
}

extension Value {
    /// The value as a number; nil if it is not one.
    var asNumber: Double? {
        switch self {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }
}
