import Checkpoints
import FoundationEssentials
import Glibc
import Testing

/// Files of every family, key by key, against transformers' classes; `References/configurations.py` made them.
@Suite struct ConfigurationParityTests {
    private struct Reference: Decodable {
        struct File: Decodable {
            let file: String
            let model: Int
        }

        let models: [Model?]
        let files: [File]
    }

    private struct Model: Decodable {
        let vocab_size, hidden_size, intermediate_size, heads, key_heads, head_size, positions: Int
        let epsilon, scale: Double
        let activation, frequencies: [Float]
        let sliding_frequencies: [Float]?
        let attention_cap, logit_cap: Double?
        let windows: [Int?]
        let tied: Bool
        let begin: Int?
        let end: [Int]

        func agrees(with own: ModelConfiguration) -> Bool {
            [vocab_size, hidden_size, intermediate_size, heads, key_heads, head_size, positions]
                == [
                    own.vocabularySize, own.hiddenSize, own.feedForwardSize, own.headCount,
                    own.keyValueHeadCount, own.headSize, own.maximumPositions,
                ]
                && epsilon == own.normEpsilon && abs(scale - own.attentionScale) < 1e-12
                && close(activation, ConfigurationParityTests.activation(own))
                && close(frequencies, own.rotaryFrequencies(isSliding: false))
                && close(sliding_frequencies ?? frequencies, own.rotaryFrequencies(isSliding: true))
                && attention_cap == own.attentionCap && logit_cap == own.logitCap
                && windows == own.slidingLayers.map { $0 ? own.slidingWindow : nil }
                && tied == own.tiesEmbeddings && begin == own.beginToken && end == own.endTokens
        }

        private func close(_ a: [Float], _ b: [Float]) -> Bool {
            a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) <= 1e-6 * max(abs($0), 1e-3) }
        }
    }

    /// The activation at four points.
    private static func activation(_ configuration: ModelConfiguration) -> [Float] {
        [-1.5, -0.3, 0.7, 2].map { (x: Double) -> Float in
            switch configuration.activation {
            case .silu: Float(x / (1 + exp(-x)))
            case .gelu: Float(0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
            }
        }
    }

    /// What transformers reads and this decoder refuses, in words; version 5 says nothing of most of it.
    private static let refusals = [
        "the activation", "'type'", "'full_attention'", "cannot differ between kinds of layers",
    ]

    @Test func everyFileGivesTransformersModelOrAnError() throws {
        let reference = try JSONDecoder().decode(
            Reference.self, from: Data(Fixture.bytes("configurations.json")))
        #expect(reference.files.count > 500)
        var accepted = 0
        for file in reference.files {
            do {
                let own = try ModelConfiguration(json: Array(file.file.utf8))
                guard let model = reference.models[file.model] else {
                    Issue.record("transformers refuses \(file.file)")
                    continue
                }
                #expect(model.agrees(with: own), "\(file.file): \(own)")
                let again = try ModelConfiguration(json: own.json(type: .float32))
                #expect(again == own, "written again: \(file.file)")
                accepted += 1
            } catch {
                guard reference.models[file.model] != nil else { continue }
                #expect(Self.refusals.contains { error.message.contains($0) }, "\(file.file): \(error)")
            }
        }
        #expect(accepted > 400)
    }
}
