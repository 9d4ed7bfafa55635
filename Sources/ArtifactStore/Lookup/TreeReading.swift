internal import Dataflow
public import Digests
internal import Files
internal import SQLite
internal import Synchronization

extension ArtifactStore {
    /// What a tree holds, folders before what is in them, sorted by path; empty for a file.
    ///
    /// All of it is checked: manifests against their digests, names, depth and count, and that every part is in the store,
    /// of the kind and, together, of the size that is recorded. Whoever writes a tree goes by this list.
    ///
    /// - Throws: `StoreError.damaged` if anything is wrong; the tree is marked, and the next run makes it anew.
    public func entries(ofTree tree: Digest) throws -> [TreeEntry] {
        guard let object = try object(tree) else {
            throw StoreError(.missing, "the store has no artifact \(tree.abbreviated)")
        }
        guard object.shape == .tree else { return [] }
        var reader = TreeReader(store: self)
        do {
            try reader.read(object)
        } catch let error as TreeDamage {
            try? markDamaged(tree)
            throw damage(tree, error.reason)
        }
        return reader.entries
    }

    /// The shape and size of an object that was captured or is in the database; nil if there is none.
    func object(_ digest: Digest) throws -> Artifact? {
        if let object = captured.withLock({ $0[digest] }) {
            return Artifact(digest: digest, shape: object.shape, size: object.size)
        }
        return try withReader { connection in
            try connection.first(
                "SELECT digest, shape, size FROM object WHERE digest = ?", .blob(digest.bytes)
            ) {
                try Self.artifact($0)
            }
        }
    }

    /// The artifact of the columns `digest`, `shape` and `size`.
    static func artifact(_ row: borrowing Row) throws(StoreError) -> Artifact {
        let digest = try row.digest("digest", of: "an artifact")
        return Artifact(
            digest: digest, shape: row.text("shape") == "tree" ? .tree : .file,
            size: try row.count("size", of: "the artifact \(digest.abbreviated)"))
    }

    /// The bytes of a tree's manifest, compared with its digest.
    func manifestBytes(of tree: Digest, limit: Int) throws -> [UInt8] {
        // The plain copy is there more often than not, and is the only place as long as the tree is not durable.
        if let bytes = try? FileContents.read(workFolder.object(tree), limit: limit),
            SHA256.digest(of: bytes) == tree
        {
            return bytes
        }
        return try bytes(of: tree, limit: limit)
    }
}

/// Why a tree cannot be what was stored.
private struct TreeDamage: Error {
    let reason: String
}

/// Reads manifests into a list.
private struct TreeReader {
    let store: ArtifactStore
    private(set) var entries: [TreeEntry] = []
    private var manifests: [Digest: TreeManifest] = [:]
    /// How many entries each tree has, those of trees in it included.
    private var counts: [Digest: Int] = [:]

    init(store: ArtifactStore) { self.store = store }

    mutating func read(_ tree: Artifact) throws {
        // First, for a few manifests that name each other many times would make any number of entries.
        _ = try count(tree.digest, depth: 0)
        try list(tree, below: "", depth: 0)
    }

    private mutating func count(_ tree: Digest, depth: Int) throws -> Int {
        if let count = counts[tree] { return count }
        guard depth < ArtifactStore.maximumDepth else {
            throw TreeDamage(reason: "it is more than \(ArtifactStore.maximumDepth) folders deep")
        }
        let manifest = try manifest(of: tree)
        manifests[tree] = manifest
        var total = 0
        for entry in manifest.entries {
            total += try 1 + (entry.kind == .tree ? count(entry.digest, depth: depth + 1) : 0)
            guard total <= ArtifactStore.maximumEntries else {
                throw TreeDamage(reason: "it has more than \(ArtifactStore.maximumEntries) entries")
            }
        }
        counts[tree] = total
        return total
    }

    private mutating func list(_ tree: Artifact, below prefix: String, depth: Int) throws {
        guard depth < ArtifactStore.maximumDepth, let manifest = manifests[tree.digest] else {
            throw TreeDamage(reason: "it is more than \(ArtifactStore.maximumDepth) folders deep")
        }
        var total = 0
        for entry in manifest.entries {
            let path = prefix + entry.name
            guard let part = try store.object(entry.digest), (part.shape == .tree) == (entry.kind == .tree)
            else { throw TreeDamage(reason: "the store does not have what is at '\(path)' in it") }
            // Below 2^63: each is at most 2^50, and so is the sum before it.
            total += part.size
            guard total <= tree.size else { throw TreeDamage(reason: "it has more bytes than its size says") }
            entries.append(
                TreeEntry(path: path, kind: .init(entry.kind), digest: part.digest, size: part.size))
            if part.shape == .tree { try list(part, below: path + "/", depth: depth + 1) }
        }
        guard total == tree.size else { throw TreeDamage(reason: "it has fewer bytes than its size says") }
    }

    private func manifest(of tree: Digest) throws -> TreeManifest {
        let limit = TreeManifest.maximumBytes(entries: ArtifactStore.maximumEntries)
        do {
            if let manifest = TreeManifest(bytes: try store.manifestBytes(of: tree, limit: limit)) {
                return manifest
            }
        } catch let error as StoreError where error.code == .invalid || error.code == .missing {
            throw TreeDamage(reason: error.message)
        }
        throw TreeDamage(reason: "the manifest \(tree.abbreviated) cannot be read")
    }
}

extension TreeEntry.Kind {
    fileprivate init(_ kind: TreeManifest.Entry.Kind) {
        switch kind {
        case .file: self = .file
        case .executable: self = .executable
        case .tree: self = .directory
        }
    }
}
