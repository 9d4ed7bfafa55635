/// The text of one turn, as read by a model.
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
/// Turns are separated by an empty line.
package enum TurnBlock: Sendable {
    /// The text before the prompt.
    package static let beforePrompt = Array("#Prompt\n".utf8)
    /// The text between the prompt and response A.
    package static let beforeResponseA = Array("\n\n#Response\n##Model A\n".utf8)
    /// The text between the two responses.
    package static let beforeResponseB = Array("\n\n##Model B\n".utf8)
    /// The text between two turns.
    package static let separator = Array("\n\n".utf8)

    /// Appends the text of a turn.
    package static func append(_ turn: TurnTexts, to text: inout [UInt8]) {
        if !text.isEmpty { text.append(contentsOf: separator) }
        text.append(contentsOf: beforePrompt)
        text.append(contentsOf: turn.prompt)
        text.append(contentsOf: beforeResponseA)
        text.append(contentsOf: turn.responseA)
        text.append(contentsOf: beforeResponseB)
        text.append(contentsOf: turn.responseB)
    }

    /// The text of turns, in order.
    package static func text(of turns: [TurnTexts]) -> [UInt8] {
        var text: [UInt8] = []
        for turn in turns { append(turn, to: &text) }
        return text
    }
}

/// The text of whole conversations, one model after the other.
///
/// ```
/// #Model A
/// Prompt: {prompt}
/// Response: {response A}
///
/// #Model B
/// Prompt: {prompt}
/// Response: {response B}
/// ```
/// The turns of a model are separated by an empty line.
package enum ModelBlock: Sendable {
    /// The text of turns, in order.
    package static func text(of turns: [TurnTexts]) -> [UInt8] {
        var text: [UInt8] = []
        for (heading, response) in [("#Model A\n", \TurnTexts.responseA), ("#Model B\n", \.responseB)] {
            if !text.isEmpty { text += TurnBlock.separator }
            text += Array(heading.utf8)
            for (index, turn) in turns.enumerated() {
                if index > 0 { text += TurnBlock.separator }
                text += Array("Prompt: ".utf8) + turn.prompt
                text += Array("\nResponse: ".utf8) + turn[keyPath: response]
            }
        }
        return text
    }
}
