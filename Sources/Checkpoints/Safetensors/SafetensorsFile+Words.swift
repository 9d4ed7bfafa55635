internal import Files

/// Storage of smaller models: numbers as bit patterns, and settings in the metadata.
extension SafetensorsFile {
    /// The bit patterns of a tensor's numbers.
    ///
    /// Specialized here, since other modules get the generic code, which takes seconds for a model.
    ///
    /// - Throws: `CheckpointError` if it is missing or has another element type.
    @specialized(where Word == UInt8)
    @specialized(where Word == UInt32)
    @specialized(where Word == UInt64)
    package func words<Word: FixedWidthInteger>(
        _ name: String, _ type: ElementType, as _: Word.Type
    ) throws(CheckpointError) -> [Word] {
        let entry = try required(name)
        let width = Word.bitWidth / 8
        guard entry.type == type, type.size == width else {
            throw unusable("the tensor '\(name)' has the type \(entry.type.rawValue), not \(type.rawValue)")
        }
        let bytes = bytes(of: entry)
        var words: [Word] = []
        words.reserveCapacity(bytes.count / width)
        for start in stride(from: 0, to: bytes.count / width * width, by: width) {
            var word: Word = 0
            for place in 0..<width { word |= Word(bytes[start + place]) &<< Word(8 * place) }
            words.append(word)
        }
        return words
    }

    /// An integer in the metadata.
    package func number(_ name: String) throws(CheckpointError) -> Int {
        guard let number = header.metadata[name].flatMap({ Int($0) }) else {
            throw unusable("'\(name)' is missing")
        }
        return number
    }

    /// The error for a file that a stage cannot have written.
    package func unusable(_ reason: String) -> CheckpointError {
        CheckpointError(
            "the model cannot be read: \(reason). It should be the output of a train-… stage.", path: path)
    }
}

extension SafetensorsWriter {
    /// Writes a tensor's numbers, given as bit patterns.
    package mutating func write<Word: FixedWidthInteger>(_ name: String, words: [Word]) throws {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(words.count * Word.bitWidth / 8)
        for word in words {
            for shift in stride(from: 0, to: Word.bitWidth, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: word >> Word(shift)))
            }
        }
        try write(name, bytes: bytes)
    }
}
