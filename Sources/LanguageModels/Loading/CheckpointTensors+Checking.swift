internal import Checkpoints

extension CheckpointTensors {
    /// Checks that the model uses every tensor of a checkpoint; otherwise, the checkpoint would be another model's.
    ///
    /// - Throws: `CheckpointError`, which names the unused tensors.
    func check(against configuration: ModelConfiguration) throws {
        let known = Set(TensorSpecification.all(of: configuration).map(\.name))
        var unused: [String] = []
        for name in names where !known.contains(name) {
            // Frequencies in old checkpoints, and the parts of quantized weights.
            if name.hasSuffix(".rotary_emb.inv_freq") { continue }
            if let range = name.firstRange(of: ".weight."),
                known.contains(name[..<range.lowerBound] + ".weight")
            {
                continue
            }
            if name == TensorSpecification.headName, configuration.tiesEmbeddings {
                try checkHead()
            } else {
                unused.append(name)
            }
        }
        guard let first = unused.first else { return }
        let others = unused.count == 1 ? "" : " and \(unused.count - 1) more, such as '\(unused[1])',"
        throw CheckpointError(
            "the tensor '\(first)'\(others) would not be used by a \(configuration.family.rawValue) model of "
                + "\(configuration.layerCount) layers as config.json describes it", path: folder)
    }

    /// Checks that a model with tied embeddings has no different head: version 4 of transformers would ignore it, version 5 would
    /// use it.
    private func checkHead() throws {
        let head = try required(TensorSpecification.headName)
        let embedding = try required(TensorSpecification.embeddingName)
        defer {
            head.release()
            embedding.release()
        }
        guard head.entry.shape == embedding.entry.shape, let rows = head.entry.shape.first else {
            throw differentHead
        }
        // A part at a time, as heads are large.
        for start in stride(from: 0, to: rows, by: 1_024) {
            let part = start..<min(start + 1_024, rows)
            guard try head.floats(rows: part) == embedding.floats(rows: part) else { throw differentHead }
        }
    }

    private var differentHead: CheckpointError {
        CheckpointError(
            "config.json ties the head to the embedding ('tie_word_embeddings'), but there is a different "
                + "'\(TensorSpecification.headName)', which some versions of transformers use and others ignore; "
                + "remove the tensor, or write \"tie_word_embeddings\": false", path: folder)
    }
}
