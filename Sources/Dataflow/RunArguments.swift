internal import Texts

/// The command line of a run, as runs record it.
public struct RunArguments: Sendable {
    private let words: [String]

    /// The words after the name of the program.
    public init(_ words: [String]) { self.words = words }

    /// The commands that run pipelines, and their options that take a value and do not select stages.
    package static let commands = ["run", "watch"]
    package static let optionsWithValue = [
        "-C", "--directory", "-j", "--jobs", "--set", "--params", "--resource", "--name", "--note",
        "--executor",
        "--color", "--sign",
    ]
    /// The options that select stages.
    package static let choosing = ["--only", "--from", "--tag"]

    /// True if the run was of the whole pipeline, that is, no stages were named. False in case of doubt, such as an unknown
    /// option with a separate value.
    public var areOfAllStages: Bool {
        guard let command = words.first, Self.commands.contains(command) else { return false }
        var operands = 0
        var rest = words.dropFirst()
        while let word = rest.popFirst() {
            let name = word.parts(between: "=")[0]
            if Self.choosing.contains(name) { return false }
            if Self.optionsWithValue.contains(word) {
                rest = rest.dropFirst()
            } else if !word.beginsWith("-") {
                operands += 1
            }
        }
        return operands == 1
    }
}
