import Checkpoints
import Files
import Tensors
import TestSupport
import Testing

@testable import LanguageModels

/// What a checkpoint's folder may contain besides what its model needs, and in which types and files.
@Suite struct LoadingTests {
    private typealias Extra = (name: String, shape: [Int], numbers: [Float])

    /// Writes a model of the fixtures, with more tensors and in one or several files.
    private func write(
        _ reference: DecoderReference, to folder: FilePath, type: ElementType = .float32, shards: Int = 1,
        extra: [Extra] = []
    ) throws {
        let tensors: [Extra] =
            try TensorSpecification.all(of: reference.configuration).map {
                ($0.name, $0.shape, try reference.numbers("model." + $0.name))
            } + extra
        var places: [String] = []
        for shard in 0..<shards {
            let own = tensors.enumerated().filter { $0.offset % shards == shard }.map(\.element)
            let file = shards == 1 ? "model.safetensors" : "model-\(shard).safetensors"
            var writer = try SafetensorsWriter(
                folder.appending(file), tensors: own.map { .init($0.name, type, $0.shape) })
            for tensor in own {
                try writer.write(tensor.name, floats: tensor.numbers)
                places.append("\"\(tensor.name)\": \"\(file)\"")
            }
            try writer.finish()
        }
        if shards > 1 {
            try FileContents.write(
                "{\"weight_map\": {\(places.joined(separator: ", "))}}",
                to: folder.appending("model.safetensors.index.json"))
        }
        try FileContents.write(
            reference.configuration.json(type: type), to: folder.appending("config.json"))
    }

    private func logits(_ reference: DecoderReference, _ weights: DecoderWeights) throws -> [Float] {
        let decoder = try Decoder(reference.configuration, weights: weights)
        let batch = SequenceBatch(try reference.sequences)
        return try decoder.logits(batch, at: Array(batch.tokens.indices)).numbers
    }

    @Test(
        arguments: ["gemma3", "qwen3", "mistral", "llama32"],
        [(ElementType.float32, Float(1e-4)), (.bfloat16, 0.3), (.float16, 0.05)])
    func everyFamilyIsReadInEveryTypeFromOneFileAndFromShards(
        name: String, type: (ElementType, tolerance: Float)
    ) throws {
        let reference = try DecoderReference(name)
        let expected = try (0..<3).flatMap { try reference.numbers("base.\($0)") }
        var results: [[Float]] = []
        for shards in [1, 3] {
            try withTemporaryFolder { folder in
                try write(reference, to: folder, type: type.0, shards: shards)
                #expect(try ModelConfiguration(folder: folder) == reference.configuration)
                let weights = try DecoderWeights(checkpoint: folder, reference.configuration)
                results.append(try logits(reference, weights))
            }
        }
        #expect(results[0] == results[1])
        let (difference, size) = distance(results[0], expected)
        #expect(difference < type.tolerance * size, "\(difference) of \(size)")
    }

    @Test func aHeadThatIsTheEmbeddingMayBeThereAnotherOneNot() throws {
        for name in ["llama32", "gemma2"] {
            let reference = try DecoderReference(name)
            let configuration = reference.configuration
            let shape = [configuration.vocabularySize, configuration.hiddenSize]
            var head = try reference.numbers("model.model.embed_tokens.weight")
            let plain = try withTemporaryFolder { folder in
                try write(reference, to: folder)
                return try logits(reference, DecoderWeights(checkpoint: folder, configuration))
            }
            try withTemporaryFolder { folder in
                try write(reference, to: folder, extra: [("lm_head.weight", shape, head)])
                let weights = try DecoderWeights(checkpoint: folder, configuration)
                #expect(try logits(reference, weights) == plain)
            }
            head[head.count - 1] += 1
            try withTemporaryFolder { folder in
                try write(reference, to: folder, extra: [("lm_head.weight", shape, head)])
                try expectRefusal(folder, configuration, "tie_word_embeddings")
            }
        }
    }

    @Test(arguments: [
        "score.weight", "model.layers.0.self_attn.q_proj.bias", "model.layers.0.self_attn.q_norm.weight",
        "model.layers.9.input_layernorm.weight", "vision_tower.patch.weight", "lm_head.bias",
    ]) func aTensorThatWouldNotBeUsedIsNamed(name: String) throws {
        let reference = try DecoderReference("mistral")
        try withTemporaryFolder { folder in
            try write(reference, to: folder, extra: [(name, [2], [1, 2])])
            try expectRefusal(folder, reference.configuration, name)
        }
    }

    @Test func frequenciesInOldCheckpointsAreSkipped() throws {
        let reference = try DecoderReference("mistral")
        try withTemporaryFolder { folder in
            try write(
                reference, to: folder,
                extra: [("model.layers.0.self_attn.rotary_emb.inv_freq", [2], [1, 2])])
            _ = try DecoderWeights(checkpoint: folder, reference.configuration)
        }
    }

    /// Whoever reads a checkpoint refuses it: to predict or tune, to train, to quantize and to merge.
    private func expectRefusal(
        _ folder: FilePath, _ configuration: ModelConfiguration, _ words: String
    ) throws {
        let layout = Decoder(training: configuration).layout
        let adapter = AdapterConfiguration(rank: 1, alpha: 1, targets: [.query])
        let empty = AdapterFolder(adapter, ParameterVector(zeros: try adapter.layout(for: configuration)))
        let uses: [(FilePath) throws -> Void] = [
            { _ in _ = try DecoderWeights(checkpoint: folder, configuration) },
            { _ in _ = try ModelCheckpoint.parameters(folder, configuration, layout: layout) },
            { try QuantizedCheckpoint.write(from: folder, to: $0) },
            { try MergedCheckpoint.write(empty, into: folder, to: $0) },
        ]
        for use in uses {
            let error = #expect(throws: CheckpointError.self) { try withTemporaryFolder(use) }
            #expect(error?.message.contains(words) == true)
        }
    }
}
