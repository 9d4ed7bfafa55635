import Dataflow
import Digests

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
        if finder.hasPathSets(runs[index].stage) {
            source.findPathSets(of: key) { [mailbox, system] roots in
                mailbox.put(.pathSets(roots, index: index))
                system.wake()
            }
        } else {
            fetch([ResultCandidate(key: key)], for: index)
        }
        return true
    }

    private func fetch(_ candidates: [ResultCandidate], for index: Int) {
        options.results?.fetch(candidates, of: runs[index].stage) { [mailbox, system] trace in
            mailbox.put(.fetched(trace, index: index))
            system.wake()
        }
    }

    /// Handles the path sets that others know: what is there now gives the keys of results that would do.
    func found(pathSets roots: [Digest], of index: Int) {
        guard let search = search(of: index) else { return }
        orFail(index, search) {
            let candidates = try finder.candidates(
                for: search.key, of: runs[index].stage, pathSets: roots)
            guard candidates.isEmpty else { return fetch(candidates, for: index) }
            try goOn(index, search.key, search.material, found: nil)
        }
    }

    /// Handles what others have.
    func fetched(_ trace: Trace?, for index: Int) {
        guard let search = search(of: index) else { return }
        if let trace { return end(index, trace) }
        orFail(index, search) { try goOn(index, search.key, search.material, found: nil) }
    }

    /// What is asked for a stage; nil if the run does not wait for it any more.
    private func search(of index: Int) -> Search? {
        guard case .searching(let search) = runs[index].phase, scheduler.ending(of: index) == nil else {
            return nil
        }
        return search
    }

    private func orFail(_ index: Int, _ search: Search, _ body: () throws -> Void) {
        do {
            try body()
        } catch {
            end(index, failure: "\(error)", key: search.key)
        }
    }
}
