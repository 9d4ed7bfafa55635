internal import Synchronization

/// What one thread keeps between texts: the words it has seen, and its buffers.
struct EncoderState: Sendable {
    var memory = WordMemory()
    var merger = PairMerger()
    var lattice = UnigramModel.Lattice()
    var normalized: [UInt8] = []
    var words = WordList()
}

/// States that no thread is using.
final class EncoderStatePool: Sendable {
    private let states = Mutex<[EncoderState]>([])

    /// Passes a state to `body` for exclusive use.
    func withState<Result>(_ body: (inout EncoderState) -> Result) -> Result {
        var state = states.withLock { $0.popLast() } ?? EncoderState()
        let result = body(&state)
        states.withLock { if $0.count < 64 { $0.append(state) } }
        return result
    }
}
