/// One option of a command: its names, its value, what it means, and its effect on the command's values.
public struct Option<Values>: Sendable {
    /// The names with their dashes, short one first: `["-j", "--jobs"]`.
    public let names: [String]
    /// The name of the value in the help, such as `N`; nil for a flag.
    public let placeholder: String?
    /// One sentence for the help.
    public let help: String
    /// Whether the help omits it.
    public let isHidden: Bool
    let apply: @Sendable (inout Values, String) throws(ArgumentsError) -> Void

    /// An option whose value, or an empty text for a flag, is passed to `apply`.
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

    /// An option without a value that sets a Boolean.
    public static func flag(
        _ names: String..., sets keyPath: any WritableKeyPath<Values, Bool> & Sendable, _ help: String,
        isHidden: Bool = false
    ) -> Option {
        Option(names, nil, help, isHidden: isHidden) { values, _ throws(ArgumentsError) in
            values[keyPath: keyPath] = true
        }
    }

    /// An option with a text value; if it is given twice, the last one counts.
    public static func text(
        _ names: String..., placeholder: String,
        sets keyPath: any WritableKeyPath<Values, String?> & Sendable, _ help: String
    ) -> Option {
        Option(names, placeholder, help) { values, text throws(ArgumentsError) in
            values[keyPath: keyPath] = text
        }
    }

    /// An option with a text value that may be given several times.
    public static func texts(
        _ names: String..., placeholder: String,
        adds keyPath: any WritableKeyPath<Values, [String]> & Sendable, _ help: String
    ) -> Option {
        Option(names, placeholder, help) { values, text throws(ArgumentsError) in
            values[keyPath: keyPath].append(text)
        }
    }

    /// An option with an integer value within bounds.
    public static func integer(
        _ names: String..., placeholder: String, within range: ClosedRange<Int>,
        sets keyPath: any WritableKeyPath<Values, Int?> & Sendable, _ help: String
    ) -> Option {
        let name = names.last ?? ""
        return Option(names, placeholder, help) { values, text throws(ArgumentsError) in
            guard let number = Int(text), range.contains(number) else {
                let most = range.upperBound == .max ? " or more" : " to \(range.upperBound)"
                throw ArgumentsError(
                    "\(name) takes an integer, \(range.lowerBound)\(most), not '\(text)'")
            }
            values[keyPath: keyPath] = number
        }
    }

    /// An option whose value is one of a few words.
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

/// A positional argument of a command.
public struct Operand<Values>: Sendable {
    /// How many words it takes.
    public enum Count: Sendable { case one, optional, any }

    /// Its name in the help, such as `PIPELINE`.
    public let placeholder: String
    /// How many words it takes.
    public let count: Count
    /// One sentence for the help.
    public let help: String
    let apply: @Sendable (inout Values, String) -> Void

    /// An operand whose words are passed to `apply`, one by one.
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

/// What is wrong with a command line, and how to correct it.
public struct ArgumentsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The message.
    public let message: String

    /// An error with a message for the user.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
