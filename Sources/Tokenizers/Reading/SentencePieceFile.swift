/// The contents of a SentencePiece `tokenizer.model`, which is a Protocol Buffers message.
struct SentencePieceFile: Sendable {
    enum PieceType: UInt64, Sendable {
        case normal = 1
        case unknown = 2
        case control = 3
        case userDefined = 4
        case unused = 5
        case byte = 6
    }

    struct Piece: Sendable {
        var bytes: [UInt8] = []
        var score: Float = 0
        var type = PieceType.normal
    }

    private static let maximumPieceBytes = 8000

    private(set) var pieces: [Piece] = []
    /// 1 for unigram, 2 for byte pairs.
    private(set) var modelType: UInt64 = 1
    private(set) var usesByteFallback = false
    private(set) var spaceIsSuffix = false
    private(set) var beginID: Int32 = 1
    private(set) var endID: Int32 = 2
    private(set) var unknownSurface = Array(" \u{2047} ".utf8)
    private(set) var map: [UInt8] = []
    private(set) var addsPrefix = true
    private(set) var removesExtraSpaces = true
    private(set) var escapesSpaces = true

    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) throws(TokenizerError) {
        self.bytes = bytes
        var reader = ProtobufReader(bytes)
        while let (number, field) = try reader.next() {
            guard case .bytes(let range) = field else { continue }
            switch number {
            case 1: pieces.append(try piece(range))
            case 2: try readTrainer(range)
            case 3: try readNormalizer(range)
            default: break
            }
        }
        guard !pieces.isEmpty else {
            throw .malformed("not a SentencePiece model: it has no pieces")
        }
    }

    private func piece(_ range: Range<Int>) throws(TokenizerError) -> Piece {
        var piece = Piece()
        var reader = ProtobufReader(bytes, range)
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (1, .bytes(let text)): piece.bytes = Array(bytes[text])
            case (2, .fixed32(let bits)): piece.score = Float(bitPattern: bits)
            case (3, .integer(let type)):
                guard let known = PieceType(rawValue: type) else {
                    throw .malformed("a piece has the unknown type \(type)")
                }
                piece.type = known
            default: break
            }
        }
        let place = "piece \(pieces.count), '\(display(piece.bytes))',"
        guard !piece.bytes.isEmpty, piece.bytes.count < Self.maximumPieceBytes, isValidUTF8(piece.bytes)
        else {
            throw .malformed("\(place) is empty, longer than \(Self.maximumPieceBytes) bytes or not UTF-8")
        }
        guard piece.score.isFinite else { throw .malformed("\(place) has the score \(piece.score)") }
        guard pieces.count < Vocabulary.maximumID else {
            throw .malformed("it has more than \(pieces.count) pieces")
        }
        return piece
    }

    private mutating func readTrainer(_ range: Range<Int>) throws(TokenizerError) {
        var reader = ProtobufReader(bytes, range)
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (3, .integer(let type)): modelType = type
            case (24, .integer(let flag)): spaceIsSuffix = flag != 0
            case (35, .integer(let flag)): usesByteFallback = flag != 0
            case (41, .integer(let id)): beginID = Int32(truncatingIfNeeded: id)
            case (42, .integer(let id)): endID = Int32(truncatingIfNeeded: id)
            case (44, .bytes(let text)): unknownSurface = Array(bytes[text])
            default: break
            }
        }
    }

    private mutating func readNormalizer(_ range: Range<Int>) throws(TokenizerError) {
        var reader = ProtobufReader(bytes, range)
        while let (number, field) = try reader.next() {
            switch (number, field) {
            case (2, .bytes(let blob)): map = Array(bytes[blob])
            case (3, .integer(let flag)): addsPrefix = flag != 0
            case (4, .integer(let flag)): removesExtraSpaces = flag != 0
            case (5, .integer(let flag)): escapesSpaces = flag != 0
            default: break
            }
        }
    }
}
