import Files
import Synchronization

/// Where a run has found programs: they are looked for once, and used as long as they are there.
final class FoundPrograms: Sendable {
    private struct Request: Hashable {
        let name: String
        let path: String
    }

    private let found = Mutex<[Request: String]>([:])

    /// The program's path, as `ProgramSearch` finds it.
    func find(_ name: String, in path: String) -> String? {
        let request = Request(name: name, path: path)
        if let known = found.withLock({ $0[request] }), ProgramSearch.isProgram(FilePath(known)) {
            return known
        }
        let program = ProgramSearch.find(name, in: path)
        found.withLock { $0[request] = program }
        return program
    }
}
