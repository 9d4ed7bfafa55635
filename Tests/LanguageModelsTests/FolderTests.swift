import Checkpoints
import Files
import FoundationEssentials
import Tensors
import TestSupport
import Testing

@testable import LanguageModels

/// Checkpoints and adapters on the disk. `References/check_folders.py` wrote the adapters, and loads in transformers and PEFT
/// what these tests write where `SLUICE_WRITE_FOLDERS` names a folder for it.
@Suite struct FolderTests {
    private func fixture(_ name: String, _ path: String = #filePath) -> FilePath {
        FilePath(path).parent.appending("Fixtures").appending(name)
    }

    /// A folder for what a test writes, that stays where it was asked for.
    private func withFolder(_ name: String, _ body: (FilePath) throws -> Void) throws {
        guard let kept = ProcessInfo.processInfo.environment["SLUICE_WRITE_FOLDERS"] else {
            return try withTemporaryFolder(body)
        }
        try FileSystem.removeTree(FilePath(kept).appending(name))
        try FileSystem.makeDirectories(FilePath(kept).appending(name))
        try body(FilePath(kept).appending(name))
    }

    private func writeCheckpoint(_ name: String, to folder: FilePath, type: ElementType = .float32) throws {
        let reference = try DecoderReference(name)
        let layout = Decoder(training: reference.configuration).layout
        try ModelCheckpoint.write(
            reference.configuration, reference.vector(layout, prefix: "model."), type: type, to: folder)
    }

    private func logits(
        _ reference: DecoderReference, _ weights: DecoderWeights, _ adapter: AdapterFolder? = nil
    ) throws -> [Float] {
        let decoder = try Decoder(reference.configuration, weights: weights, adapter: adapter?.adapter)
        let batch = SequenceBatch(try reference.sequences)
        return try decoder.logits(
            batch, at: Array(batch.tokens.indices), parameters: adapter?.parameters
        ).numbers
    }

    private func expected(_ reference: DecoderReference, _ prefix: String) throws -> [Float] {
        try (0..<3).flatMap { try reference.numbers("\(prefix).\($0)") }
    }

    @Test(arguments: [("adapter", "gemma2", nil), ("class-adapter", "classes", 3)])
    func readsPEFTFoldersAndWritesTheSameBytes(
        folder: String, model: String, classes: Int?
    )
        throws
    {
        let reference = try DecoderReference(model)
        let read = try AdapterFolder(fixture(folder), for: reference.configuration)
        #expect(read.adapter == reference.adapter(classCount: classes))
        let layout = try read.adapter.layout(for: reference.configuration)
        #expect(try read.parameters == reference.vector(layout, prefix: "adapter."))
        try withFolder(folder) { written in
            try read.write(to: written)
            let name = "adapter_model.safetensors"
            #expect(
                try FileContents.read(written.appending(name))
                    == FileContents.read(fixture(folder).appending(name)))
            let again = try AdapterFolder(written, for: reference.configuration)
            #expect(again.adapter == read.adapter && again.parameters == read.parameters)
        }
    }

    @Test func readsRankStabilizedAdaptersAndRejectsThoseOfOtherModels() throws {
        let reference = try DecoderReference("gemma2")
        try withTemporaryFolder { folder in
            let name = "adapter_model.safetensors"
            try FileContents.copy(fixture("adapter").appending(name), to: folder.appending(name))
            try FileContents.write(
                "{\"peft_type\": \"LORA\", \"r\": 3, \"lora_alpha\": 6, \"use_rslora\": true}",
                to: folder.appending("adapter_config.json"))
            let read = try AdapterFolder(folder, for: reference.configuration)
            #expect(abs(read.adapter.scale - 6 / 3.0.squareRoot()) < 1e-12)
        }
        for name in ["llama31", "phi3"] {
            let other = try DecoderReference(name).configuration
            #expect(throws: (any Error).self) { try AdapterFolder(fixture("adapter"), for: other) }
        }
        #expect(throws: CheckpointError.self) {
            try AdapterFolder(fixture("."), for: reference.configuration)
        }
    }

    @Test func averagesAdaptersOfTheSameShape() throws {
        let reference = try DecoderReference("gemma2")
        let first = try AdapterFolder(fixture("adapter"), for: reference.configuration)
        var numbers = first.parameters
        numbers.numbers = numbers.numbers.map { 3 * $0 + 2 }
        let mean = try AdapterFolder.mean([first, AdapterFolder(first.adapter, numbers)])
        let expected = first.parameters.numbers.map { 2 * $0 + 1 }
        #expect(distance(mean.parameters.numbers, expected).difference < 1e-6)
        var other = first.adapter
        other.alpha = 1
        #expect(throws: LanguageModelError.self) {
            try AdapterFolder.mean([first, AdapterFolder(other, first.parameters)])
        }
        #expect(throws: LanguageModelError.self) { try AdapterFolder.mean([]) }
    }

    @Test func writesACheckpointAndLoadsItInEveryPrecision() throws {
        let reference = try DecoderReference("gemma2")
        let expected = try expected(reference, "base")
        try withFolder("checkpoint") { folder in
            try writeCheckpoint("gemma2", to: folder)
            #expect(try ModelConfiguration(folder: folder) == reference.configuration)
            let layout = Decoder(training: reference.configuration).layout
            #expect(
                try ModelCheckpoint.parameters(folder, reference.configuration, layout: layout)
                    == reference.vector(layout, prefix: "model."))
            for (precision, tolerance) in [
                (DecoderWeights.Precision.stored, Float(1e-4)), (.float32, 1e-4), (.bfloat16, 0.2), (.nf4, 4),
            ] {
                let weights = try DecoderWeights(
                    checkpoint: folder, reference.configuration, precision: precision)
                let (difference, size) = distance(try logits(reference, weights), expected)
                #expect(difference < tolerance && size > tolerance, "\(precision)")
            }
        }
    }

    @Test func loadsBFloat16AndShardsExactly() throws {
        let reference = try DecoderReference("llama31")
        try withTemporaryFolder { folder in
            try writeCheckpoint("llama31", to: folder, type: .bfloat16)
            let weights = try DecoderWeights(checkpoint: folder, reference.configuration)
            #expect(weights.embedding.storage.isCompact)
            let whole = try DecoderWeights(
                checkpoint: folder, reference.configuration, precision: .float32)
            #expect(try logits(reference, weights) == logits(reference, whole))
        }
        try withTemporaryFolder { folder in
            try writeCheckpoint("qwen2", to: folder)
            #expect(throws: (any Error).self) {
                try DecoderWeights(checkpoint: folder, reference.configuration)
            }
        }
    }

    @Test func quantizesACheckpointOnceToTheSameBytesOnAnyNumberOfThreads() throws {
        let reference = try DecoderReference("gemma2")
        try withTemporaryFolder { source in
            try writeCheckpoint("gemma2", to: source)
            try withFolder("quantized") { folder in
                var steps: [Int] = []
                try QuantizedCheckpoint.write(from: source, to: folder) { done, _ in steps.append(done) }
                #expect(steps == Array(1...TensorSpecification.all(of: reference.configuration).count))
                let weights = try DecoderWeights(checkpoint: folder, reference.configuration)
                let logits = try logits(reference, weights)
                let direct = try DecoderWeights(
                    checkpoint: source, reference.configuration, precision: .nf4)
                #expect(try self.logits(reference, direct) == logits)
                let whole = try DecoderWeights(
                    checkpoint: folder, reference.configuration, precision: .float32)
                #expect(try distance(self.logits(reference, whole), logits).difference < 1e-4)
                try withTemporaryFolder { pair in
                    try QuantizedCheckpoint.write(from: source, to: pair, threads: 2)
                    for name in ["config.json", "model.safetensors"] {
                        #expect(
                            try FileContents.read(pair.appending(name))
                                == FileContents.read(folder.appending(name)))
                    }
                }
                try writeLogits(logits, reference)
                #expect(throws: CheckpointError.self) {
                    try withTemporaryFolder { try QuantizedCheckpoint.write(from: folder, to: $0) }
                }
            }
        }
    }

    /// For the script: what these weights give here.
    private func writeLogits(_ logits: [Float], _ reference: DecoderReference) throws {
        guard let kept = ProcessInfo.processInfo.environment["SLUICE_WRITE_FOLDERS"] else { return }
        let lengths = try reference.sequences.map(\.count)
        let width = reference.configuration.vocabularySize
        var writer = try SafetensorsWriter(
            FilePath(kept).appending("quantized-logits.safetensors"),
            tensors: lengths.enumerated().map { .init("quantized.\($0)", .float32, [$1, width]) })
        var start = 0
        for (index, length) in lengths.enumerated() {
            try writer.write("quantized.\(index)", floats: logits[start..<(start + length * width)])
            start += length * width
        }
        try writer.finish()
    }

    @Test(arguments: [1, 2]) func aMergedCheckpointMatchesTheBaseWithItsAdapter(threads: Int)
        throws
    {
        let reference = try DecoderReference("gemma2")
        let adapter = try AdapterFolder(fixture("adapter"), for: reference.configuration)
        try withTemporaryFolder { base in
            try writeCheckpoint("gemma2", to: base)
            try withFolder(threads == 1 ? "merged" : "merged-by-two") { folder in
                try MergedCheckpoint.write(adapter, into: base, to: folder, threads: threads)
                let weights = try DecoderWeights(checkpoint: folder, reference.configuration)
                #expect(
                    try distance(logits(reference, weights), expected(reference, "logits")).difference < 1e-4)
            }
            // Also into 4 bits, which become whole.
            try withTemporaryFolder { quantized in
                try QuantizedCheckpoint.write(from: base, to: quantized)
                try withTemporaryFolder { folder in
                    try MergedCheckpoint.write(adapter, into: quantized, to: folder)
                    let merged = try DecoderWeights(checkpoint: folder, reference.configuration)
                    let beside = try DecoderWeights(checkpoint: quantized, reference.configuration)
                    #expect(
                        try distance(logits(reference, merged), logits(reference, beside, adapter)).difference
                            < 1e-4)
                }
            }
        }
    }

    @Test func aMergedClassifierKeepsItsHead() throws {
        let reference = try DecoderReference("classes")
        let adapter = try AdapterFolder(fixture("class-adapter"), for: reference.configuration)
        try withTemporaryFolder { base in
            var tensors = TensorSpecification.all(of: reference.configuration)
            tensors.removeAll { $0.role == .head }
            var writer = try SafetensorsWriter(
                base.appending("model.safetensors"),
                tensors: tensors.map { .init($0.name, .float32, $0.shape) })
            for tensor in tensors {
                try writer.write(tensor.name, floats: reference.numbers("model." + tensor.name))
            }
            try writer.finish()
            try FileContents.write(
                reference.configuration.json(type: .float32), to: base.appending("config.json"))
            try withFolder("class-merged") { folder in
                try MergedCheckpoint.write(adapter, into: base, to: folder)
                let merged = try CheckpointTensors(folder)
                #expect(
                    try merged.required("score.weight").floats()
                        == reference.numbers("adapter." + AdapterConfiguration.headName))
            }
        }
    }
}

extension WeightMatrix.Storage {
    var isCompact: Bool { if case .compact = self { true } else { false } }
}
