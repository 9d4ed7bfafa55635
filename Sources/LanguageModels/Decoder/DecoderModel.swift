internal import Checkpoints
internal import Tensors

/// A decoder with the parameters of one call: frozen and trained weights, ready for a pass.
struct DecoderModel: Sendable {
    let configuration: ModelConfiguration
    let embedding: WeightMatrix
    let embeddingScale: Float
    let layers: [DecoderLayer]
    let finalNorm: DecoderLayer.Norm
    let head: WeightMatrix
    /// The adapter's classification head, if it has one.
    let classHead: WeightMatrix?
    /// The indices of trained tensors among the layout's entries.
    let embeddingEntry: Int?
    let headEntry: Int?
    let classHeadEntry: Int?
    let adapterScale: Float

    /// The model for a call.
    ///
    /// - Parameters:
    /// - decoder: the model's architecture and frozen weights.
    /// - operations: the backend.
    /// - parameters: the trained parameters; nil omits the adapters.
    /// - dropout: determines what is dropped.
    /// - Throws: `LanguageModelError` if the parameters have another layout, or a whole model has none.
    init(
        _ decoder: Decoder, _ operations: any FusedOperations, _ parameters: PlacedParameters?,
        dropout: DropoutStep?
    ) throws {
        guard parameters.map({ $0.layout == decoder.layout }) ?? true else {
            throw LanguageModelError("the parameters do not have this model's layout")
        }
        let entries = parameters == nil ? [] : decoder.layout.entries
        let places = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
        func trained(_ place: Int) -> WeightMatrix {
            guard let parameters else { preconditionFailure("there are entries only with parameters") }
            return WeightMatrix(parameters.matrices[place])
        }
        func row(_ numbers: [Float]) -> Matrix {
            operations.matrix(rows: 1, columns: numbers.count, numbers)
        }
        let configuration = decoder.configuration
        let weights: DecoderWeights
        if let frozen = decoder.weights {
            weights = frozen
        } else {
            guard parameters != nil else {
                throw LanguageModelError(
                    "a model that is trained as a whole needs its parameters")
            }
            weights = try DecoderWeights(configuration) { trained(places[$0.name] ?? 0) }
        }
        self.configuration = configuration
        embedding = weights.embedding
        head = weights.head
        // In transformers, this factor has the type of the weights, which is single precision here.
        embeddingScale =
            configuration.family.isGemma ? Float(Double(configuration.hiddenSize).squareRoot()) : 1
        embeddingEntry = places[TensorSpecification.embeddingName]
        headEntry = configuration.tiesEmbeddings ? embeddingEntry : places[TensorSpecification.headName]
        classHeadEntry = places[AdapterConfiguration.headName]
        classHead = classHeadEntry.map(trained)
        adapterScale = Float(decoder.adapter?.scale ?? 0)

        func norm(_ weight: [Float], _ name: String) -> DecoderLayer.Norm {
            // Gemma's norm weights are added to a gain of one.
            let gain = configuration.family.isGemma ? weight.map { $0 + 1 } : weight
            return DecoderLayer.Norm(gain: row(gain), entry: places[name + ".weight"])
        }
        finalNorm = norm(weights.finalNorm, "model.norm")
        layers = weights.layers.enumerated().map { index, layer in
            func module(_ linear: DecoderWeights.Linear) -> DecoderModule {
                let name = "model.layers.\(index).\(linear.projection.module)"
                let placeA = places[AdapterConfiguration.name(layer: index, linear.projection, "A")]
                let placeB = places[AdapterConfiguration.name(layer: index, linear.projection, "B")]
                var lowRank: DecoderModule.LowRank?
                if let placeA, let placeB {
                    lowRank = DecoderModule.LowRank(
                        a: trained(placeA), b: trained(placeB), entryA: placeA, entryB: placeB,
                        dropout: decoder.adapter.flatMap {
                            dropout?.rule($0.dropout, layer: index, linear.projection)
                        })
                }
                return DecoderModule(
                    weight: linear.weight, bias: linear.bias.map(row), lowRank: lowRank,
                    weightEntry: places[name + ".weight"], biasEntry: places[name + ".bias"])
            }
            return DecoderLayer(configuration, layer, index: index, module: module, norm: norm)
        }
    }
}

extension DecoderLayer {
    /// A layer from its weights.
    fileprivate init(
        _ configuration: ModelConfiguration, _ layer: DecoderWeights.Layer, index: Int,
        module: (DecoderWeights.Linear) -> DecoderModule, norm: ([Float], String) -> Norm
    ) {
        let prefix = "model.layers.\(index)."
        let names = configuration.layerNorms.map { prefix + $0 }
        let hasOutputNorms = names.count == 4
        queryNorm = layer.queryNorm.map { norm($0, prefix + ModelConfiguration.queryNorm) }
        keyNorm = layer.keyNorm.map { norm($0, prefix + ModelConfiguration.keyNorm) }
        attentionNorm = norm(layer.attentionNorm, names[0])
        attentionOutputNorm = layer.attentionOutputNorm.map { norm($0, names[1]) }
        feedForwardNorm = norm(layer.feedForwardNorm, names[hasOutputNorms ? 2 : 1])
        feedForwardOutputNorm = layer.feedForwardOutputNorm.map { norm($0, names[3]) }

        func whole(_ linear: DecoderWeights.Linear, column: Int = 0) -> ModulePart {
            ModulePart(module: module(linear), outputs: 0..<linear.weight.rowCount, column: column)
        }
        let inputs = layer.attentionInputs
        let queryWidth = configuration.headCount * configuration.headSize
        let keyWidth = configuration.keyValueHeadCount * configuration.headSize
        if inputs.count == 1 {
            // One matrix for all three: there may be fewer positions for queries than for keys and values.
            let shared = module(inputs[0])
            queries = [ModulePart(module: shared, outputs: 0..<queryWidth, column: 0)]
            keysValues = [
                ModulePart(module: shared, outputs: queryWidth..<(queryWidth + 2 * keyWidth), column: 0)
            ]
        } else {
            queries = [whole(inputs[0])]
            keysValues = [whole(inputs[1]), whole(inputs[2], column: keyWidth)]
        }
        attentionOutput = whole(layer.attentionOutput)
        gates = layer.feedForwardInputs.enumerated().map {
            whole($1, column: $0 * configuration.feedForwardSize)
        }
        down = whole(layer.down)
    }
}
