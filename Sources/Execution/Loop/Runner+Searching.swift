import Dataflow

/// A stage whose result is looked for in shared caches.
struct Search {
    let key: Key
    let material: KeyMaterial
}

extension Runner {
    /// Looks for a result in shared caches; false if there are none. The loop continues meanwhile, and the mailbox receives the
    /// answer.
    func search(_ index: Int, _ key: Key, _ material: KeyMaterial) -> Bool {
        guard let source = options.results else { return false }
        move(index, to: .searching(Search(key: key, material: material)))
        source.fetch(key, of: runs[index].stage) { [mailbox, system] trace in
            mailbox.put(.fetched(trace, index: index))
            system.wake()
        }
        return true
    }

    /// Handles the answer of shared caches.
    func fetched(_ trace: Trace?, for index: Int) {
        // A run that has already ended no longer waits for it.
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
