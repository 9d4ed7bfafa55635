internal import Synchronization

/// What one thread keeps between texts: the words it has seen, and its buffers.
struct EncoderState: Sendable {
    var memory: WordMemory
    var merger = PairMerger()
    var lattice = UnigramModel.Lattice()
    var normalized: [UInt8] = []
    var words = WordList()
    /// The ids of the text at hand.
    var ids: [Int32] = []

    /// Nothing but what threads share.
    init(_ table: WordTable) { memory = WordMemory(table) }
}

/// States that no thread is using.
final class EncoderStatePool: Sendable {
    private let states = Mutex<[EncoderState]>([])
    private let table = WordTable()

    /// Passes a state to `body` for exclusive use.
    func withState<Result, Failure>(
        _ body: (inout EncoderState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var state = states.withLock { $0.popLast() } ?? EncoderState(table)
        defer { states.withLock { if $0.count < 64 { $0.append(state) } } }
        return try body(&state)
    }
}
