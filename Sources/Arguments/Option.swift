/// One option of a command: its names, what it takes, what it means, and its effect on the command's values.
public struct Option<Values>: Sendable {
    /// The names with their dashes, the short one first: `["-j", "--jobs"]`.
    public let names: [String]
    /// What stands for the value in the help, such as `N`; nil for a flag.
    public let placeholder: String?
    /// One sentence for people.
    public let help: String
    /// True where the help does not show it.
    public let isHidden: Bool
    let apply: @Sendable (inout Values, String) throws(ArgumentsError) -> Void

    /// An option whose value, or an empty text for a flag, `apply` takes in.
    public init(
        _ names: [String], _ placeholder: String?, _ help: String, isHidden: Bool = false,
        apply: @escaping @Sendable (inout Values, String) throws(ArgumentsError) -> Void
    ) {
        self.names = names
        self.placeholder = placeholder
        self.help = help
        self.isHidden = isHidden
        self.apply = apply
    }

    /// An option without a value, which sets a Boolean.
    public static func flag(
        _ names: String..., sets keyPath: any WritableKeyPath<Values, Bool> & Sendable, _ help: String,
        isHidden: Bool = false
    ) -> Option {
        Option(names, nil, help, isHidden: isHidden) { values, _ throws(ArgumentsError) in
            values[keyPath: keyPath] = true
        }
    }

    /// An option with a text; given twice, the last counts.
    public static func text(
        _ names: String..., placeholder: String,
        sets keyPath: any WritableKeyPath<Values, String?> & Sendable, _ help: String
    ) -> Option {
        Option(names, placeholder, help) { values, text throws(ArgumentsError) in
            values[keyPath: keyPath] = text
        }
    }

    /// An option with a text that may be given many times.
    public static func texts(
        _ names: String..., placeholder: String,
        adds keyPath: any WritableKeyPath<Values, [String]> & Sendable, _ help: String
    ) -> Option {
        Option(names, placeholder, help) { values, text throws(ArgumentsError) in
            values[keyPath: keyPath].append(text)
        }
    }

    /// An option with a whole number within bounds.
    public static func integer(
        _ names: String..., placeholder: String, within range: ClosedRange<Int>,
        sets keyPath: any WritableKeyPath<Values, Int?> & Sendable, _ help: String
    ) -> Option {
        let name = names.last ?? ""
        return Option(names, placeholder, help) { values, text throws(ArgumentsError) in
            guard let number = Int(text), range.contains(number) else {
                let most = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
                throw ArgumentsError(
                    "\(name) takes a whole number, \(range.lowerBound)\(most), not '\(text)'")
            }
            values[keyPath: keyPath] = number
        }
    }

    /// An option with one of a few words.
    public static func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
        _ names: String..., sets keyPath: any WritableKeyPath<Values, Choice> & Sendable, _ help: String
    ) -> Option where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        let name = names.last ?? ""
        return Option(names, words.joined(separator: "|"), help) { values, text throws(ArgumentsError) in
            guard let choice = Choice(rawValue: text) else {
                throw ArgumentsError("\(name) takes one of \(words.joined(separator: ", ")), not '\(text)'")
            }
            values[keyPath: keyPath] = choice
        }
    }
}

/// What a command takes without a name.
public struct Operand<Values>: Sendable {
    /// How many words it takes.
    public enum Count: Sendable { case one, optional, any }

    /// What stands for it in the help, such as `PIPELINE`.
    public let placeholder: String
    /// How many words it takes.
    public let count: Count
    /// One sentence for people.
    public let help: String
    let apply: @Sendable (inout Values, String) -> Void

    /// An operand whose words `apply` takes in, one by one.
    public init(
        _ placeholder: String, _ count: Count, _ help: String,
        apply: @escaping @Sendable (inout Values, String) -> Void
    ) {
        self.placeholder = placeholder
        self.count = count
        self.help = help
        self.apply = apply
    }
}

/// What is wrong with a command line, and what to do.
public struct ArgumentsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sentence.
    public let message: String

    /// An error with a sentence for people.
    public init(_ message: String) { self.message = message }

    /// The sentence.
    public var description: String { message }
}
