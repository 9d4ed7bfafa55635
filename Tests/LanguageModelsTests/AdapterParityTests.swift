import Checkpoints
import Files
import FoundationEssentials
import LanguageModels
import Tensors
import TestSupport
import Testing

/// Adapters of every kind that PEFT has: supported ones give PEFT's logits, unmerged and merged into the model, and all others are
/// rejected. `References/adapters.py` makes them for `make test-parity`; `SLUICE_ADAPTERS` names their folder.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SLUICE_ADAPTERS"] != nil))
struct AdapterParityTests {
    private func isRefused(_ body: () throws -> AdapterFolder) throws -> AdapterFolder? {
        do {
            return try body()
        } catch let error as CheckpointError {
            #expect(!error.message.isEmpty)
            return nil
        }
    }

    @Test func logitsAreThoseOfPEFTOrTheAdapterIsRefused() throws {
        let parent = try #require(ProcessInfo.processInfo.environment["SLUICE_ADAPTERS"])
        var (read, refused) = (0, 0)
        for name in try FileSystem.names(in: FilePath(parent)) {
            do {
                if try compare(FilePath(parent).appending(name), name) { read += 1 } else { refused += 1 }
            } catch {
                Issue.record("\(name): \(error)")
            }
        }
        #expect(read > 10 && refused > 10, "\(read) read, \(refused) refused")
    }

    /// - Returns: whether the adapter was read.
    private func compare(_ folder: FilePath, _ name: String) throws -> Bool {
        let checkpoint = folder.appending("checkpoint")
        let configuration = try ModelConfiguration(folder: checkpoint)
        let adapter = try isRefused { try AdapterFolder(folder.appending("adapter"), for: configuration) }
        guard let adapter else {
            #expect(!FileSystem.exists(folder.appending("must")), "\(name)")
            return false
        }
        let expected = try SafetensorsFile(folder.appending("expected.bin"))
        let bytes = expected.bytes(of: try expected.required("tokens"))
        let tokens = stride(from: 0, to: bytes.count, by: 4).map { Int(bytes[$0]) }
        let numbers = try expected.floats(of: expected.required("logits"))
        let batch = SequenceBatch([tokens])
        let beside = try Decoder(
            configuration, weights: DecoderWeights(checkpoint: checkpoint, configuration),
            adapter: adapter.adapter
        ).logits(batch, at: Array(batch.tokens.indices), parameters: adapter.parameters).numbers
        var (difference, size) = distance(beside, numbers)
        #expect(difference <= 2e-5 * max(size, 1), "\(name), unmerged")
        try withTemporaryFolder { merged in
            try MergedCheckpoint.write(adapter, into: checkpoint, to: merged)
            let logits = try Decoder(
                configuration, weights: DecoderWeights(checkpoint: merged, configuration)
            ).logits(batch, at: Array(batch.tokens.indices)).numbers
            (difference, size) = distance(logits, numbers)
            #expect(difference <= 5e-5 * max(size, 1), "\(name), merged")
        }
        return true
    }
}
