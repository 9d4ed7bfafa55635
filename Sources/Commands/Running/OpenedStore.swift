import ArtifactStore

/// The store, opened for a run and rid of what killed ones have left.
struct OpenedStore {
    let store: ArtifactStore
    /// How many folders of killed runs were removed.
    let sweptCount: Int

    init(_ session: Session) throws {
        store = try session.openStore(.readWrite)
        sweptCount = store.workFolder.sweep()
    }
}
