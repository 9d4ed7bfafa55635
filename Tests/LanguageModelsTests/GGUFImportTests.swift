import Checkpoints
import Files
import FoundationEssentials
import TestSupport
import Testing

@testable import LanguageModels

/// Tiny models as GGUF files; `References/gguf_models.py` made them, and loads what these tests write if
/// `SLUICE_WRITE_FOLDERS` names a folder for it.
@Suite struct GGUFImportTests {
    private static let models = ["gemma2", "gemma3", "llama", "phi3", "qwen2", "qwen3"]

    private func path(_ name: String) -> FilePath {
        FilePath(#filePath).parent.appending("Fixtures/gguf/\(name)")
    }

    private func withFolder(_ name: String, _ body: (FilePath) throws -> Void) throws {
        guard let kept = ProcessInfo.processInfo.environment["SLUICE_WRITE_FOLDERS"] else {
            return try withTemporaryFolder(body)
        }
        try FileSystem.removeTree(FilePath(kept).appending(name))
        try FileSystem.makeDirectories(FilePath(kept).appending(name))
        try body(FilePath(kept).appending(name))
    }

    @Test(arguments: models)
    func aGGUFFileBecomesTransformersOwnCheckpoint(name: String) throws {
        let file = try GGUFFile(path(name + ".gguf"))
        let expected = try SafetensorsFile(path(name + ".safetensors"))
        let configuration = try ModelConfiguration(file)
        var original = try ModelConfiguration(json: Array((expected.header.metadata["config"] ?? "").utf8))
        // Settings that do nothing there: windows of layers without one, Llama's long context.
        original.slidingWindow = original.slidingLayers.contains(true) ? original.slidingWindow : nil
        #expect(configuration == original)
        try withFolder(name) { folder in
            var steps = 0
            try GGUFCheckpoint.write(from: file, configuration, to: folder) { done, _ in steps = done }
            let tensors = try CheckpointTensors(folder)
            #expect(tensors.names.count == expected.header.entries.count && steps == tensors.names.count)
            for entry in expected.header.entries {
                let own = try tensors.required(entry.name)
                let numbers = try expected.floats(of: entry)
                #expect(own.entry.shape == entry.shape && own.entry.type == .float32)
                #expect(try own.floats() == numbers, "\(entry.name)")
            }
            #expect(try ModelConfiguration(folder: folder) == configuration)
            _ = try DecoderWeights(checkpoint: folder, configuration)
        }
    }

    @Test func roundedNumbersAreThoseOfTheType() throws {
        let file = try GGUFFile(path("qwen3.gguf"))
        let configuration = try ModelConfiguration(file)
        try withTemporaryFolder { folder in
            try GGUFCheckpoint.write(from: file, configuration, to: folder, type: .bfloat16)
            let tensors = try CheckpointTensors(folder)
            #expect(try tensors.required("model.norm.weight").entry.type == .bfloat16)
        }
    }

    /// The fixture with one text in it replaced by another of its length.
    private func error(_ name: String, _ old: String, _ new: String) throws -> CheckpointError? {
        precondition(old.utf8.count == new.utf8.count)
        return try withTemporaryFolder { folder in
            var bytes = try FileContents.read(path(name + ".gguf"))
            let range = try #require(bytes.firstRange(of: Array(old.utf8)))
            bytes.replaceSubrange(range, with: Array(new.utf8))
            let changed = folder.appending("changed.gguf")
            try FileContents.write(bytes, to: changed)
            do {
                let file = try GGUFFile(changed)
                try GGUFCheckpoint.write(from: file, ModelConfiguration(file), to: folder)
                return nil
            } catch let error as CheckpointError {
                return error
            }
        }
    }

    @Test(arguments: [
        ("qwen2", "qwen2", "mamba", "architecture"),
        ("llama", "blk.0.attn_k.weight", "blk.0.attn_X.weight", "attn_k"),
        ("qwen3", "qwen3.block_count", "qwen3.blockXcount", "block_count"),
        ("llama", "rope_freqs.weight", "rope_fXeqs.weight", "rope_fXeqs"),
        // With its length before it, since other names end so.
        (
            "qwen3", "\u{D}\0\0\0\0\0\0\0output.weight", "\u{D}\0\0\0\0\0\0\0outpXt.weight",
            "outpXt.weight"
        ),
        ("gemma3", "gemma3.attention.sliding_window", "gemma3.attention.sliding_windoX", "sliding_window"),
        ("qwen3", "qwen3.attention.key_length", "qwen3.attention.kXy_length", "value_length"),
    ]) func whatWouldBeAnotherModelIsRefusedInWords(
        name: String, old: String, new: String, words: String
    ) throws {
        let padded = new + String(repeating: "X", count: old.utf8.count - new.utf8.count)
        let error = try #require(try error(name, old, padded))
        #expect(error.message.contains(words), "\(error)")
    }
}
