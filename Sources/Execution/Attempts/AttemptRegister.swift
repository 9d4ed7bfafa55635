import Dataflow
import Files

/// The file that says which stage each attempt's folder belongs to, for other processes.
final class AttemptRegister {
    private let file: File

    /// Opens the file; nil if it cannot be opened, and others do without it.
    init?(_ path: FilePath) {
        guard let file = try? File(path, .appending) else { return nil }
        self.file = file
    }

    /// Adds an attempt.
    func add(_ attempt: Attempt) {
        let line = "\(attempt.folder.lastComponent) \(attempt.stage.id.fileName)\n"
        try? file.write(Array(line.utf8))
    }
}
