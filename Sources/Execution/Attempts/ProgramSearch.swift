import Files
import Synchronization

/// Finds programs as a shell does.
enum ProgramSearch {
    /// The program's path: of a name without a slash, the first executable file on the search path.
    static func find(_ name: String, in path: String) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return name }
        for folder in path.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false) {
            let folder = folder.isEmpty ? "." : String(folder) ?? "."
            let file = FilePath(folder).appending(name)
            if isProgram(file) { return file.text }
        }
        return nil
    }

    /// True for an executable file.
    static func isProgram(_ file: FilePath) -> Bool {
        guard let status = FileStatus(at: file, followsLinks: true) else { return false }
        return status.kind == .file && status.isExecutable
    }
}

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
