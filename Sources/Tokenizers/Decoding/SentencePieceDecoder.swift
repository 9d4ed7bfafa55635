/// SentencePiece's decoding: visible spaces become spaces, byte pieces are joined, the prefix is removed.
struct SentencePieceDecoder: Sendable {
    var control: Set<Int32> = []
    var unknown: Int32 = 0
    var unknownSurface = Array(" \u{2047} ".utf8)
    /// The byte that a byte piece stands for.
    var byteOfID: [Int32: UInt8] = [:]
    var dropsPrefix = true
    var dropsAllLeadingSpaces = false

    func decode(_ tokens: [(id: Int32, bytes: [UInt8])]) -> [UInt8] {
        var output: [UInt8] = []
        var pending: [UInt8] = []
        var isStart = true
        var sawSpace = false
        for (id, bytes) in tokens {
            if let byte = byteOfID[id] {
                pending.append(byte)
                continue
            }
            Self.flush(&pending, to: &output)
            if sawSpace || !output.isEmpty { isStart = false }
            sawSpace = false
            if control.contains(id) { continue }
            if id == unknown {
                output.append(contentsOf: unknownSurface)
                continue
            }
            var piece = bytes[...]
            if isStart, dropsPrefix, piece.starts(with: SentencePieceNormalizer.visibleSpace) {
                piece = piece.dropFirst(3)
                sawSpace = !dropsAllLeadingSpaces
            }
            output += Normalizer.replace(SentencePieceNormalizer.visibleSpace, with: [0x20])
                .applied(to: Array(piece))
        }
        Self.flush(&pending, to: &output)
        return output
    }

    /// Appends the scalars of byte pieces; every byte that is not part of one becomes a replacement character.
    private static func flush(_ pending: inout [UInt8], to output: inout [UInt8]) {
        if pending.isEmpty { return }
        output.append(contentsOf: repairedPerByte(pending))
        pending.removeAll()
    }
}
