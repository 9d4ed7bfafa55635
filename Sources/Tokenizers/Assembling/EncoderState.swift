internal import Synchronization

/// What one thread keeps between texts: the words it has seen, and its buffers.
struct EncoderState: Sendable {
    var memory = WordMemory()
    var merger = PairMerger()
    var lattice = UnigramModel.Lattice()
    var normalized: [UInt8] = []
    var words = WordList()
    /// The ids of the text at hand.
    var ids: [Int32] = []
}

/// States that no thread is using.
final class EncoderStatePool: Sendable {
    private let states = Mutex<[EncoderState]>([])

    /// Passes a state to `body` for exclusive use.
    func withState<Result, Failure>(
        _ body: (inout EncoderState) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        var state = states.withLock { $0.popLast() } ?? EncoderState()
        defer { states.withLock { if $0.count < 64 { $0.append(state) } } }
        return try body(&state)
    }
}
