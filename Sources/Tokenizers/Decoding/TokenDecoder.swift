/// How tokens are turned back into text.
enum TokenDecoder: Sendable {
    /// Steps that transform a list of tokens, as listed in `tokenizer.json`; the results are joined.
    case steps([DecodingStep])
    /// Tokens separated by spaces, if the file names no decoder.
    case spaced
    /// Tokens are bytes.
    case bytes
    case sentencePiece(SentencePieceDecoder)

    /// The bytes of the text, which need not be valid UTF-8.
    func decode(_ tokens: [(id: Int32, bytes: [UInt8])]) -> [UInt8] {
        switch self {
        case .steps(let steps):
            var list = tokens.map(\.bytes)
            for step in steps { step.apply(to: &list) }
            return Array(list.joined())
        case .spaced: return Array(tokens.map(\.bytes).joined(separator: [0x20]))
        case .bytes: return tokens.flatMap(\.bytes)
        case .sentencePiece(let decoder): return decoder.decode(tokens)
        }
    }
}

/// One step of a decoder.
enum DecodingStep: Sendable {
    case byteLevel
    case byteFallback
    case fuse
    case replace([UInt8], with: [UInt8])
    case strip([UInt8], start: Int, stop: Int)
    case metaspace([UInt8], dropsFirst: Bool)

    func apply(to tokens: inout [[UInt8]]) {
        switch self {
        case .byteLevel:
            let bytes = tokens.flatMap { ByteAlphabet.bytes(ofSpelling: $0) ?? $0 }
            tokens = [Array(String(decoding: bytes, as: UTF8.self).utf8)]
        case .byteFallback: tokens = Self.joiningBytes(tokens)
        case .fuse: tokens = [Array(tokens.joined())]
        case .replace(let pattern, let replacement):
            let step = Normalizer.replace(pattern, with: replacement)
            tokens = tokens.map { step.applied(to: $0) }
        case .strip(let scalar, let start, let stop):
            for index in tokens.indices { Self.strip(scalar, start, stop, &tokens[index]) }
        case .metaspace(let space, let dropsFirst):
            for (index, token) in tokens.enumerated() {
                let replacement: [UInt8] = index == 0 && dropsFirst ? [] : [0x20]
                tokens[index] = Normalizer.replace(space, with: replacement).applied(to: token)
            }
        }
    }

    /// The byte of a token such as `<0x41>`.
    static func byte(_ token: [UInt8]) -> UInt8? {
        guard token.count == 6, token.starts(with: [0x3C, 0x30, 0x78]), token[5] == 0x3E,
            let high = hexDigit(token[3]), let low = hexDigit(token[4])
        else { return nil }
        return high << 4 | low
    }

    private static func joiningBytes(_ tokens: [[UInt8]]) -> [[UInt8]] {
        var result: [[UInt8]] = []
        var pending: [UInt8] = []
        func flush() {
            if pending.isEmpty { return }
            if isValidUTF8(pending) {
                result.append(pending)
            } else {
                result.append(contentsOf: repeatElement([0xEF, 0xBF, 0xBD], count: pending.count))
            }
            pending = []
        }
        for token in tokens {
            if let byte = byte(token) {
                pending.append(byte)
            } else {
                flush()
                result.append(token)
            }
        }
        flush()
        return result
    }

    private static func strip(_ scalar: [UInt8], _ start: Int, _ stop: Int, _ token: inout [UInt8]) {
        var slice = token[...]
        for _ in 0..<start where slice.starts(with: scalar) { slice = slice.dropFirst(scalar.count) }
        for _ in 0..<stop
        where slice.count >= scalar.count && slice.suffix(scalar.count).elementsEqual(scalar) {
            slice = slice.dropLast(scalar.count)
        }
        token = Array(slice)
    }
}

/// The value of an ASCII hexadecimal digit.
private func hexDigit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
    default: nil
    }
}
