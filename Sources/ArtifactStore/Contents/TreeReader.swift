internal import Dataflow
internal import Digests
internal import Files

extension StoreParts {
    /// The entries of a tree, folders before their contents, sorted by path; empty for a file.
    ///
    /// All of it is checked: manifests against their digests; names, depth and count; and that every part is in the store, with
    /// the recorded kind and, in total, the recorded size. Trees are written from this list.
    ///
    /// - Throws: `StoreError.damaged` if anything is wrong; the tree is marked, and the next run recomputes it.
    func entries(ofTree tree: Digest) throws -> [TreeEntry] {
        guard let object = try object(tree) else {
            throw StoreError(.missing, "the store has no artifact \(tree.abbreviated)")
        }
        guard object.shape == .tree else { return [] }
        var reader = TreeReader(parts: self)
        do {
            try reader.read(object)
        } catch let error as TreeDamage {
            // It may have been collected meanwhile, with all its parts.
            guard try self.object(tree) != nil else { throw database.absence(tree) }
            // If the store cannot be written, it is still damaged.
            try? database.markDamaged(tree)
            throw database.damage(tree, error.reason)
        }
        return reader.entries
    }

    /// The shape and size of an object that was captured or is in the database; nil if there is none.
    func object(_ digest: Digest) throws -> Artifact? {
        if let object = captured[digest] {
            return Artifact(digest: digest, shape: object.shape, size: object.size)
        }
        return try database.lookUp { try $0.objects.artifact(digest) }
    }

    /// The shapes and sizes of objects; nil for one that was neither captured nor is in the database.
    func objects(_ digests: [Digest]) throws -> [Artifact?] {
        try database.lookUpTogether { tables in
            try digests.map { digest in
                if let object = captured[digest] {
                    return Artifact(digest: digest, shape: object.shape, size: object.size)
                }
                return try tables.objects.artifact(digest)
            }
        }
    }

    /// Where a symbolic link of a tree leads: somewhere in the tree.
    ///
    /// - Throws: `StoreError.damaged` for anything else.
    func target(ofLink entry: TreeEntry) throws -> FilePath {
        let limit = Capture.longestLink
        let bytes: [UInt8]
        if let copy = try? FileContents.read(work.object(entry.digest), limit: limit),
            SHA256.digest(of: copy) == entry.digest
        {
            bytes = copy
        } else {
            bytes = try reader.bytes(of: entry.digest, limit: limit)
        }
        let target = FilePath(bytes: bytes)
        let depth = entry.path.utf8.reduce(0) { $0 + ($1 == UInt8(ascii: "/") ? 1 : 0) }
        guard target.staysInTree(depth: depth), !bytes.contains(0) else {
            try? database.markDamaged(entry.digest)
            throw database.damage(entry.digest, "it is a symbolic link that leads out of its tree")
        }
        return target
    }

    /// The bytes of a file, or of a tree's manifest, compared with the digest.
    func bytes(of object: Digest, limit: Int) throws -> [UInt8] {
        // The plain copy usually exists, and is the only place as long as the object is not durable.
        if let bytes = try? FileContents.read(work.object(object), limit: limit),
            SHA256.digest(of: bytes) == object
        {
            return bytes
        }
        return try reader.bytes(of: object, limit: limit)
    }
}

/// Why a tree cannot be what was stored.
private struct TreeDamage: Error {
    let reason: String
}

/// Reads manifests into a list.
private struct TreeReader {
    let parts: StoreParts
    private(set) var entries: [TreeEntry] = []
    private var manifests: [Digest: TreeManifest] = [:]
    /// The number of entries of each tree, including nested trees.
    private var counts: [Digest: Int] = [:]

    init(parts: StoreParts) { self.parts = parts }

    mutating func read(_ tree: Artifact) throws {
        // First, because a few manifests that reference each other repeatedly could expand to any number of entries.
        _ = try count(tree.digest, depth: 0)
        try list(tree, below: "", depth: 0)
    }

    private mutating func count(_ tree: Digest, depth: Int) throws -> Int {
        if let count = counts[tree] { return count }
        guard depth < Capture.maximumDepth else {
            throw TreeDamage(reason: "it is nested more than \(Capture.maximumDepth) folders deep")
        }
        let manifest = try manifest(of: tree)
        manifests[tree] = manifest
        var total = 0
        for entry in manifest.entries {
            total += try 1 + (entry.kind == .tree ? count(entry.digest, depth: depth + 1) : 0)
            guard total <= Capture.maximumEntries else {
                throw TreeDamage(reason: "it has more than \(Capture.maximumEntries) entries")
            }
        }
        counts[tree] = total
        return total
    }

    private mutating func list(_ tree: Artifact, below prefix: String, depth: Int) throws {
        guard depth < Capture.maximumDepth, let manifest = manifests[tree.digest] else {
            throw TreeDamage(reason: "it is nested more than \(Capture.maximumDepth) folders deep")
        }
        var total = 0
        let objects = try parts.objects(manifest.entries.map(\.digest))
        for (entry, part) in zip(manifest.entries, objects) {
            let path = prefix + entry.name
            guard let part, (part.shape == .tree) == (entry.kind == .tree)
            else { throw TreeDamage(reason: "the store does not have its entry '\(path)'") }
            // Below 2^63: each is at most 2^50, and so is the sum so far.
            total += part.size
            guard total <= tree.size else {
                throw TreeDamage(reason: "it has more bytes than its recorded size")
            }
            entries.append(
                TreeEntry(path: path, kind: .init(entry.kind), digest: part.digest, size: part.size))
            if part.shape == .tree { try list(part, below: path + "/", depth: depth + 1) }
        }
        guard total == tree.size else {
            throw TreeDamage(reason: "it has fewer bytes than its recorded size")
        }
    }

    private func manifest(of tree: Digest) throws -> TreeManifest {
        let limit = TreeManifest.maximumBytes(entries: Capture.maximumEntries)
        do {
            if let manifest = TreeManifest(bytes: try parts.bytes(of: tree, limit: limit)) {
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
        case .link: self = .link
        }
    }
}
