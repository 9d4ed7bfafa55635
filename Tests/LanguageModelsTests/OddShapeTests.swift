import Checkpoints
import Files
import FoundationEssentials
import LanguageModels
import Tensors
import Testing

/// Checkpoints of every family in odd shapes, number types, shards and spellings, as transformers wrote and computed them.
///
/// `References/odd_shapes.py` made the fixtures; if `SLUICE_ODD_SHAPES` names a folder, the checkpoints in it are tested, too.
@Suite struct OddShapeTests {
    private static let folders: [FilePath] = {
        let made = ProcessInfo.processInfo.environment["SLUICE_ODD_SHAPES"].map { [FilePath($0)] } ?? []
        return ([FilePath(#filePath).parent.appending("Fixtures/odd")] + made).flatMap { parent in
            ((try? FileSystem.names(in: parent)) ?? []).map { parent.appending($0) }
        }
    }()

    @Test func fixturesHaveEveryFamilyAndType() throws {
        let configurations = try Self.folders.map { try ModelConfiguration(folder: $0) }
        #expect(Set(configurations.map(\.family)).count == ModelConfiguration.Family.allCases.count)
        #expect(configurations.contains { $0.headSize * $0.headCount != $0.hiddenSize })
        #expect(configurations.contains { $0.keyValueHeadCount == 1 && $0.headCount > 1 })
        #expect(configurations.contains { $0.slidingLayers.contains(true) && $0.slidingWindow == 3 })
        #expect(Set(configurations.map(\.tiesEmbeddings)).count == 2)
        let types = try Self.folders.map { folder in
            try CheckpointTensors(folder).required("model.embed_tokens.weight").entry.type
        }
        #expect(Set(types) == [.float32, .float16, .bfloat16])
        #expect(Self.folders.contains { FileSystem.exists($0.appending("model.safetensors.index.json")) })
    }

    @Test(arguments: folders)
    func logitsAreThoseOfTransformers(folder: FilePath) throws {
        let configuration = try ModelConfiguration(folder: folder)
        let decoder = try Decoder(
            configuration, weights: DecoderWeights(checkpoint: folder, configuration))
        let expected = try SafetensorsFile(folder.appending("expected.bin"))
        let sequences = try (0..<2).map { index in
            let bytes = expected.bytes(of: try expected.required("tokens.\(index)"))
            return stride(from: 0, to: bytes.count, by: 4).map { Int(bytes[$0]) }
        }
        // Both at once: neither may see the other.
        let batch = SequenceBatch(sequences)
        let logits = try decoder.logits(batch, at: Array(batch.tokens.indices))
        for sequence in 0..<2 {
            let numbers = try expected.floats(of: expected.required("logits.\(sequence)"))
            let own = logits[batch.positions(of: sequence)]
            #expect(own.count == numbers.count)
            let (difference, size) = distance(own, numbers)
            #expect(difference <= 2e-5 * max(size, 1), "sequence \(sequence)")
        }
    }
}
