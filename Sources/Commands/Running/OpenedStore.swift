import ArtifactStore

/// The store, opened for a run, without what killed runs have left behind.
struct OpenedStore {
    let store: ArtifactStore
    /// How many folders of killed runs were removed.
    let sweptCount: Int

    init(_ session: Session) throws {
        store = try session.openStore(.readWrite)
        sweptCount = store.workFolder.sweep()
    }
}
