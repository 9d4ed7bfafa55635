import Checkpoints
import Files
import TestSupport
import Testing

@testable import LanguageModels

/// Settings of PEFT's adapters that are not implemented: each is refused by its name, wherever an adapter is read.
@Suite struct AdapterSettingTests {
    private static let fixture = FilePath(#filePath).parent.appending("Fixtures/adapter")

    /// The fixture's adapter with members of its `adapter_config.json` replaced or added.
    private func error(_ members: [(String, String)], removing: String? = nil) throws -> CheckpointError? {
        let configuration = try DecoderReference("gemma2").configuration
        var result: CheckpointError?
        try withTemporaryFolder { folder in
            var settings = [
                ("peft_type", "\"LORA\""), ("r", "3"), ("lora_alpha", "6"), ("task_type", "\"CAUSAL_LM\""),
                ("init_lora_weights", "true"), ("bias", "\"none\""), ("base_model_name_or_path", "\"x/y\""),
            ].filter { setting in setting.0 != removing && !members.contains { $0.0 == setting.0 } }
            settings += members
            let text = settings.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
            try FileContents.write("{\(text)}", to: folder.appending("adapter_config.json"))
            try FileContents.copy(
                Self.fixture.appending("adapter_model.safetensors"),
                to: folder.appending("adapter_model.safetensors"))
            do {
                _ = try AdapterFolder(folder, for: configuration)
            } catch let error as CheckpointError {
                result = error
            }
        }
        return result
    }

    @Test(arguments: [
        ("init_lora_weights", "\"pissa\""), ("init_lora_weights", "\"pissa_niter_16\""),
        ("init_lora_weights", "\"olora\""), ("init_lora_weights", "\"loftq\""),
        ("init_lora_weights", "\"corda\""),
        ("init_lora_weights", "\"lora_ga\""), ("init_lora_weights", "\"mica\""), ("use_dora", "true"),
        ("use_qalora", "true"), ("lora_bias", "true"), ("bias", "\"all\""), ("bias", "\"lora_only\""),
        ("fan_in_fan_out", "true"), ("rank_pattern", "{\"q_proj\": 8}"), ("alpha_pattern", "{\"q_proj\": 8}"),
        ("layers_to_transform", "[0]"), ("layers_to_transform", "0"),
        ("layer_replication", "[[0, 2], [1, 3]]"),
        ("modules_to_save", "[\"embed_tokens\"]"), ("trainable_token_indices", "[1]"),
        ("target_parameters", "[\"mlp.experts.gate_up_proj\"]"), ("alora_invocation_tokens", "[5]"),
        ("arrow_config", "{\"top_k\": 2}"), ("use_bdlora", "{\"nblocks\": 2}"),
        ("kasa_config", "{\"beta\": 1}"),
        ("monteclora_config", "{\"n\": 1}"), ("velora_config", "{\"n\": 1}"),
        ("megatron_config", "{\"n\": 1}"),
        ("ensure_weight_tying", "true"), ("use_rslora", "1"), ("use_rslora", "\"true\""),
        ("a_setting_of_tomorrow", "\"on\""), ("a_setting_of_tomorrow", "2"),
    ]) func aSettingThatChangesTheArithmeticIsRefusedByItsName(name: String, value: String) throws {
        let error = try #require(try error([(name, value)]))
        #expect(error.message.contains("'\(name)'"))
    }

    @Test(arguments: [
        ("init_lora_weights", "false"), ("init_lora_weights", "\"gaussian\""),
        ("init_lora_weights", "\"eva\""),
        ("init_lora_weights", "\"orthogonal\""), ("use_dora", "false"), ("rank_pattern", "{}"),
        ("layers_to_transform", "null"), ("layer_replication", "null"), ("modules_to_save", "null"),
        ("peft_version", "\"0.21.2\""), ("qalora_group_size", "16"), ("loftq_config", "{\"loftq_bits\": 4}"),
        ("megatron_core", "\"megatron.core\""), ("exclude_modules", "[\"lm_head\"]"),
        ("a_setting_of_tomorrow", "[]"),
    ]) func aSettingThatSaysNothingIsNone(name: String, value: String) throws {
        #expect(try error([(name, value)]) == nil)
    }

    @Test func absentSettingsHavePEFTsDefaults() throws {
        // Rank 8: the file's matrices have another.
        #expect(try #require(try error([], removing: "r")).message.contains("shape"))
        #expect(try error([], removing: "lora_alpha") == nil)
    }

    @Test(arguments: [
        ("PROMPT_TUNING", "prompt"), ("PREFIX_TUNING", "prefix"), ("IA3", "IA³"), ("LOHA", "LoHa"),
        ("VERA", "VeRA"),
        ("ADALORA", "AdaLoRA"), ("OFT", "OFT"), ("SOMETHING_NEW", "SOMETHING_NEW"),
    ]) func otherKindsOfAdaptersAreSaidInWords(kind: String, word: String) throws {
        // Their files have none of LoRA's members.
        let error = try #require(try error([("peft_type", "\"\(kind)\"")], removing: "r"))
        #expect(error.message.contains(word) && error.message.contains("only LoRA"))
    }

    @Test(arguments: [
        ("r", "0"), ("r", "1.5"), ("r", "\"3\""), ("r", "100000"), ("lora_dropout", "1"),
        ("lora_dropout", "-0.1"),
        ("task_type", "\"SEQ_CLS\""), ("modules_to_save", "[\"score\"]"), ("lora_alpha", "\"6\""),
        ("lora_alpha", "null"), ("r", "null"),
    ]) func numbersWithoutSenseAndAClassifierWithoutItsHeadAreErrors(
        name: String, value: String
    ) throws {
        #expect(try error([(name, value)]) != nil)
    }
}
