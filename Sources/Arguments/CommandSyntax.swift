internal import Texts

/// The arguments of a command. Parsing and help come from the same table.
public struct CommandSyntax<Values>: Sendable {
    /// The words that invoke the command, such as `cache ls`.
    public let name: String
    /// One sentence for the list of commands.
    public let summary: String
    /// Paragraphs for `--help`; may be empty.
    public let discussion: String
    /// The positional arguments, in order.
    public let operands: [Operand<Values>]
    /// The named arguments.
    public let options: [Option<Values>]

    package init(
        name: String, summary: String, discussion: String = "", operands: [Operand<Values>] = [],
        options: [Option<Values>] = []
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.operands = operands
        self.options = options
    }

    /// Parses the words after the command's name into `values`, which holds the defaults.
    ///
    /// Options may come before, between and after operands; `--name=value`, `-j4` and `-nk` work; everything after `--`
    /// is an operand.
    ///
    /// - Throws: `ArgumentsError` for an unknown option (suggesting the nearest name), a missing or invalid value, and
    ///   missing or superfluous operands.
    public func parse(_ words: [String], into values: inout Values) throws(ArgumentsError) {
        var operandWords: [String] = []
        var remaining = words[...]
        while let word = remaining.popFirst() {
            if word == "--" {
                operandWords += remaining
                break
            } else if word.hasPrefix("--") {
                try parseLong(word, &remaining, &values)
            } else if word.hasPrefix("-") && word.utf8.count > 1 {
                try parseShort(word, &remaining, &values)
            } else {
                operandWords.append(word)
            }
        }
        try take(operandWords, into: &values)
    }

    private func parseLong(
        _ word: String, _ remaining: inout ArraySlice<String>, _ values: inout Values
    ) throws(ArgumentsError) {
        let equals = word.utf8.firstIndex(of: UInt8(ascii: "="))
        let name = String(word[..<(equals ?? word.endIndex)])
        let option = try option(named: name)
        switch (option.placeholder, equals) {
        case (nil, nil): try option.apply(&values, "")
        case (nil, _): throw ArgumentsError("\(name) takes no value")
        case (_, let equals?): try option.apply(&values, String(word[word.utf8.index(after: equals)...]))
        case (let placeholder?, nil):
            guard let value = remaining.popFirst() else {
                throw ArgumentsError("\(name) needs a value: \(name) \(placeholder)")
            }
            try option.apply(&values, value)
        }
    }

    private func parseShort(
        _ word: String, _ remaining: inout ArraySlice<String>, _ values: inout Values
    ) throws(ArgumentsError) {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let name = "-\(letter)"
            let option = try option(named: name)
            guard let placeholder = option.placeholder else {
                try option.apply(&values, "")
                continue
            }
            guard letters.isEmpty else { return try option.apply(&values, String(letters)) }
            guard let value = remaining.popFirst() else {
                throw ArgumentsError("\(name) needs a value: \(name) \(placeholder)")
            }
            return try option.apply(&values, value)
        }
    }

    private func option(named name: String) throws(ArgumentsError) -> Option<Values> {
        if let option = options.first(where: { $0.names.contains(name) }) { return option }
        let known = options.filter { !$0.isHidden }.flatMap(\.names).filter { $0.hasPrefix("--") }
        let hint = didYouMean(name, among: known) ?? ""
        throw ArgumentsError("'\(self.name)' has no option \(name)\(hint)")
    }

    private func take(_ words: [String], into values: inout Values) throws(ArgumentsError) {
        var remaining = words[...]
        for operand in operands {
            switch operand.count {
            case .one:
                guard let word = remaining.popFirst() else {
                    throw ArgumentsError("'\(name)' needs \(operand.placeholder): \(operand.help)")
                }
                operand.apply(&values, word)
            case .optional:
                if let word = remaining.popFirst() { operand.apply(&values, word) }
            case .any:
                while let word = remaining.popFirst() { operand.apply(&values, word) }
            }
        }
        if let word = remaining.first {
            throw ArgumentsError("'\(name)' takes no argument '\(word)'")
        }
    }
}
