import Checkpoints
import Files
import Foundation
import LanguageModels
import Tensors
import Testing

/// The trained model next to the checkout, or nil.
private func storiesFolder() -> FilePath? {
    let path = FilePath(#filePath).parent.parent.parent.parent
        .appending("shared/data/checkpoints/stories260K")
    return FileSystem.exists(path) ? path : nil
}

@Suite(.enabled(if: storiesFolder() != nil)) struct RealCheckpointTests {
    private struct Reference: Decodable {
        let ids: [Int]
        let logits_ids: [Int]
        let last_logits: [Float]
        let argmax_per_pos: [Int]
    }

    private func load() throws -> (Decoder, Reference) {
        let folder = try #require(storiesFolder())
        let configuration = try ModelConfiguration(folder: folder)
        let decoder = try Decoder(configuration, weights: DecoderWeights(checkpoint: folder, configuration))
        let bytes = try FileContents.read(folder.appending("reference.json"))
        return (decoder, try JSONDecoder().decode(Reference.self, from: Data(bytes)))
    }

    @Test func logitsMatchDoublePrecisionAndTheStoryContinuesTheSame() throws {
        let (decoder, reference) = try load()
        let batch = SequenceBatch([reference.logits_ids])
        let logits = try decoder.logits(batch, at: Array(batch.tokens.indices))
        #expect(distance(logits[batch.tokens.count - 1], reference.last_logits).difference < 1e-4)
        for (position, expected) in reference.argmax_per_pos.enumerated() {
            #expect(highest(logits[position]) == expected)
        }
        var story = [reference.ids[0]]
        while story.count < reference.ids.count {
            let next = try decoder.logits(SequenceBatch([story]), at: [story.count - 1])
            story.append(highest(next[0]))
        }
        #expect(story == reference.ids)
    }

    private func highest(_ logits: [Float]) -> Int {
        logits.indices.max { logits[$0] < logits[$1] } ?? 0
    }
}
