import Files
import Synchronization

/// The programs that a run has found: each is searched for once, and used as long as it exists.
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
