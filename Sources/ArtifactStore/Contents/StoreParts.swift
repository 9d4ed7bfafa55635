internal import Dispatch
internal import Files

/// The state that the parts of an open store share.
///
/// A class, so that each part is one reference.
final class StoreParts: Sendable {
    let database: StoreDatabase
    var mode: ArtifactStore.Mode { database.mode }
    let work: WorkFolder
    /// The directory that paths of external sources are relative to.
    let workingDirectory: FilePath
    /// What does not count as the content of external sources: the store, and what is made from it.
    let hidden: HiddenEntries
    /// Captured in this process and not yet in the database.
    let captured = CapturedObjects()
    /// The plain copies that this process may hand out without a check.
    let copies = TrustedCopies()
    /// External sources that stages may read in place.
    let adopted = AdoptedSources()
    /// The digests of external files that this process has found.
    let found = FoundDigests()
    /// Writes the chunks of large files, one file after another, which limits memory.
    let writing = DispatchQueue(label: "sluice.writing")

    init(database: StoreDatabase, workingDirectory: FilePath, hidden: HiddenEntries) {
        self.database = database
        self.workingDirectory = workingDirectory
        self.hidden = hidden
        work = WorkFolder(path: WorkFolder.path(nextTo: database.path), locks: database.locks)
    }

    var reader: ChunkReader { ChunkReader(database: database) }
    var writer: ChunkWriter { ChunkWriter(parts: self) }
    var materializer: Materializer { Materializer(parts: self) }

    /// Runs `body` and converts its errors, such as those of files, to the store's.
    func convertingErrors<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            throw StoreError(error, store: database.path)
        }
    }
}
