internal import Glibc

/// Updates in a storage that has no locks: what was written is read again, until nothing of it is missing. If two processes
/// write at the very same moment, an entry can still be lost, and is computed again when it is needed.
enum OptimisticUpdate {
    private static let rounds = 5

    static func perform(
        _ names: [String], limit: Int, in storage: some RemoteStorage,
        _ transform: @Sendable (_ index: Int, _ bytes: [UInt8]?) -> [UInt8]?
    ) -> [Result<Void, RemoteError>] {
        var results = [Result<Void, RemoteError>](repeating: .success(()), count: names.count)
        var waiting = Array(names.indices)
        for round in 0..<rounds {
            guard !waiting.isEmpty else { return results }
            if round > 0 { usleep(UInt32.random(in: 0...100_000)) }
            let answers = storage.read(waiting.map { RemoteRead(names[$0], limit: limit) })
            var writes: [(index: Int, write: RemoteWrite)] = []
            for (index, answer) in zip(waiting, answers) {
                switch answer {
                case .failure(let error) where error.code != .damaged: results[index] = .failure(error)
                case .success(let before):
                    if let after = transform(index, before) {
                        writes.append((index, RemoteWrite(names[index], after)))
                    }
                case .failure:
                    // What cannot be read is overwritten.
                    if let after = transform(index, nil) {
                        writes.append((index, RemoteWrite(names[index], after)))
                    }
                }
            }
            waiting = []
            for (item, answer) in zip(writes, storage.write(writes.map(\.write))) {
                switch answer {
                case .success: waiting.append(item.index)
                case .failure(let error): results[item.index] = .failure(error)
                }
            }
        }
        return results
    }
}
