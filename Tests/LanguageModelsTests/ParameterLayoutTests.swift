import Checkpoints
import LanguageModels
import Testing

@Suite struct ParameterLayoutTests {
    private let configuration = ModelConfiguration(
        family: .gemma2, vocabularySize: 50, hiddenSize: 8, feedForwardSize: 12, layerCount: 2, headCount: 2,
        keyValueHeadCount: 1, headSize: 4)

    @Test func adapterMatricesHavePEFTsNamesAndAreContiguous() throws {
        let adapter = AdapterConfiguration(rank: 3, alpha: 6, targets: [.down, .query], classCount: 3)
        let layout = try adapter.layout(for: configuration)
        #expect(layout.entries.count == 9)
        #expect(
            layout.entries[0].name == "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight")
        #expect(layout.entries[0].shape == [3, 8])
        #expect(layout.entries[3].name == "base_model.model.model.layers.0.mlp.down_proj.lora_B.weight")
        #expect(layout.entries[3].shape == [8, 3])
        #expect(layout.entries[8].name == "base_model.model.score.weight")
        for (entry, next) in zip(layout.entries, layout.entries.dropFirst()) {
            #expect(entry.range.upperBound == next.range.lowerBound)
        }
        #expect(layout.count == 2 * (3 * 8 + 8 * 3 + 3 * 12 + 8 * 3) + 3 * 8)
    }

    @Test func aMissingTargetIsReportedWithTheAvailableOnes() {
        let adapter = AdapterConfiguration(rank: 3, alpha: 6, targets: [.queryKeyValue])
        let error = #expect(throws: LanguageModelError.self) { try adapter.layout(for: configuration) }
        #expect(
            error?.description
                == "gemma2 has no 'qkv_proj'; its projections are q_proj, k_proj, v_proj, o_proj, gate_proj, "
                + "up_proj, down_proj")
    }
}
