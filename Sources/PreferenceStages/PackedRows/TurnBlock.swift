/// The text that a model reads for one turn.
///
/// ```
/// #Prompt
/// {prompt}
///
/// #Response
/// ##Model A
/// {response A}
///
/// ##Model B
/// {response B}
/// ```
/// Turns follow each other after an empty line.
public enum TurnBlock: Sendable {
    /// What stands before the prompt.
    public static let beforePrompt = Array("#Prompt\n".utf8)
    /// What stands between the prompt and response A.
    public static let beforeResponseA = Array("\n\n#Response\n##Model A\n".utf8)
    /// What stands between the two responses.
    public static let beforeResponseB = Array("\n\n##Model B\n".utf8)
    /// What stands between two turns.
    public static let separator = Array("\n\n".utf8)

    /// Appends the text of a turn.
    public static func append(
        prompt: ArraySlice<UInt8>, responseA: ArraySlice<UInt8>, responseB: ArraySlice<UInt8>,
        to text: inout [UInt8]
    ) {
        if !text.isEmpty { text.append(contentsOf: separator) }
        text.append(contentsOf: beforePrompt)
        text.append(contentsOf: prompt)
        text.append(contentsOf: beforeResponseA)
        text.append(contentsOf: responseA)
        text.append(contentsOf: beforeResponseB)
        text.append(contentsOf: responseB)
    }

    /// The text of whole conversations of turns; for tests and small tables.
    public static func text(prompt: [String], responseA: [String], responseB: [String]) -> String {
        var text: [UInt8] = []
        for ((prompt, responseA), responseB) in zip(zip(prompt, responseA), responseB) {
            append(
                prompt: Array(prompt.utf8)[...], responseA: Array(responseA.utf8)[...],
                responseB: Array(responseB.utf8)[...], to: &text)
        }
        return String(decoding: text, as: UTF8.self)
    }
}
