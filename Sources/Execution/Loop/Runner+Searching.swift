import Dataflow

/// A stage whose result others are asked for.
struct Search {
    let key: Key
    let material: KeyMaterial
}

extension Runner {
    /// Asks others for a result that the store does not have; false if there is nobody to ask. The loop goes on meanwhile, and
    /// the mailbox receives the answer.
    func search(_ index: Int, _ key: Key, _ material: KeyMaterial) -> Bool {
        guard let source = options.results else { return false }
        move(index, to: .searching(Search(key: key, material: material)))
        source.fetch(key, of: runs[index].stage) { [mailbox, system] trace in
            mailbox.put(.fetched(trace, index: index))
            system.wake()
        }
        return true
    }

    /// Handles what others have.
    func fetched(_ trace: Trace?, for index: Int) {
        // A run that has ended otherwise does not wait for it any more.
        guard case .searching(let search) = runs[index].phase, scheduler.ending(of: index) == nil else {
            return
        }
        if let trace { return end(index, trace) }
        do {
            try goOn(index, search.key, search.material, found: nil)
        } catch {
            end(index, failure: "\(error)", key: search.key)
        }
    }
}
