internal import Dispatch
internal import Files

/// What the parts of an open store share.
struct StoreParts: Sendable {
    let database: StoreDatabase
    let work: WorkFolder
    /// What paths of outside sources are relative to.
    let workingDirectory: FilePath
    /// Captured in this process, and not yet in the database.
    let captured = CapturedObjects()
    /// The plain copies that this process may hand out as they are.
    let copies = TrustedCopies()
    /// Outside sources that stages may read in place.
    let adopted = AdoptedSources()
    /// Writes the chunks of large files, one after the other: that bounds memory.
    let writing = DispatchQueue(label: "sluice.writing")

    init(database: StoreDatabase, workingDirectory: FilePath) {
        self.database = database
        self.workingDirectory = workingDirectory
        work = WorkFolder(path: database.path.parent.appending("work"), locks: database.locks)
    }

    var reader: ChunkReader { ChunkReader(database: database) }
    var writer: ChunkWriter { ChunkWriter(parts: self) }
    var materializer: Materializer { Materializer(parts: self) }
}
