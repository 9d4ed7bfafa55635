import Checkpoints
import Files
import FoundationEssentials
import LanguageModels
import Tensors
import TestSupport
import Testing

/// A real model as a GGUF file, if `SLUICE_GGUF` names one that `References/gguf_whole_model.py` has read: the script writes
/// the results of transformers for the same weights next to the file.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SLUICE_GGUF"] != nil)) struct GGUFModelTests {
    private struct Reference: Decodable {
        struct Text: Decodable {
            let tokens, continuation: [Int]
            /// At the last position.
            let logits: [Float]
            /// At each position, the likeliest token.
            let likeliest: [Int]
        }
        let texts: [Text]
    }

    @Test func logitsAndContinuationsAreThoseOfTransformers() throws {
        let path = FilePath(try #require(ProcessInfo.processInfo.environment["SLUICE_GGUF"]))
        let json = try FileContents.read(FilePath(path.text + ".json"))
        let reference = try JSONDecoder().decode(Reference.self, from: Data(json))
        try withTemporaryFolder { folder in
            let file = try GGUFFile(path)
            let configuration = try ModelConfiguration(file)
            try GGUFCheckpoint.write(from: file, configuration, to: folder)
            let decoder = try Decoder(
                configuration, weights: DecoderWeights(checkpoint: folder, configuration))
            for text in reference.texts {
                let batch = SequenceBatch([text.tokens])
                let logits = try decoder.logits(batch, at: Array(batch.tokens.indices))
                let last = logits[batch.tokens.count - 1]
                let (difference, size) = distance(last, text.logits)
                print("\(text.tokens.count) tokens: logits within \(difference) of \(size)")
                #expect(difference < 1e-3)
                #expect(batch.tokens.indices.map { likeliest(logits[$0]) } == text.likeliest)
                var tokens = text.tokens
                for _ in text.continuation {
                    tokens.append(
                        likeliest(try decoder.logits(SequenceBatch([tokens]), at: [tokens.count - 1])[0]))
                }
                #expect(Array(tokens.dropFirst(text.tokens.count)) == text.continuation)
            }
        }
    }

    private func likeliest(_ logits: [Float]) -> Int {
        logits.indices.max { logits[$0] < logits[$1] } ?? 0
    }
}
