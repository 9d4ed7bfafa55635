internal import Dataflow
internal import Digests
internal import SQLite

/// The table `discovery_node`: the trees of what commands have discovered, in which equal folders are one row.
struct DiscoveryTable {
    let connection: Connection

    /// Larger nodes are not read: a folder with as many names as an attempt may look at is smaller.
    private static let maximumBytes = 256 << 20

    /// Adds nodes, except those that exist already.
    func insert(_ nodes: [Digest: [UInt8]]) throws {
        for (digest, encoding) in nodes.sorted(by: { $0.key < $1.key }) {
            try connection.run(
                "INSERT OR IGNORE INTO discovery_node (digest, encoding) VALUES (?, ?)", .blob(digest.bytes),
                .blob(encoding))
        }
    }

    /// The encoding of a node; nil if there is none.
    func encoding(of digest: Digest) throws -> [UInt8]? {
        let sql = "SELECT encoding FROM discovery_node WHERE digest = ? AND length(encoding) <= ?"
        return try connection.first(sql, .blob(digest.bytes), .integer(Self.maximumBytes)) {
            $0.blob("encoding")
        }
    }

    /// The roots of the different path sets of a declared key's results, latest first, at most `limit`.
    func pathSets(of declared: Key, limit: Int) throws -> [Digest] {
        // In the order of the index: grouping in SQL sorts, which takes as long as all other lookups of a stage.
        let sql = "SELECT paths FROM trace WHERE declared_key = ? ORDER BY id DESC LIMIT 10000"
        var found: [Digest] = []
        try connection.forEachRow(sql, [.blob(declared.digest.bytes)]) { row in
            guard let paths = row.withBlob("paths", { Digest(bytes: $0) }), found.count < limit,
                !found.contains(paths)
            else { return }
            found.append(paths)
        }
        return found
    }

    /// Deletes the nodes that are no longer in any trace's trees.
    ///
    /// - Returns: how many.
    @discardableResult
    func deleteUnused() throws -> Int {
        var kept: Set<Digest> = []
        var waiting: [Digest] = []
        for column in ["paths", "snapshot"] {
            let sql = "SELECT DISTINCT \(column) AS root FROM trace WHERE length(\(column)) = 32"
            try connection.forEachRow(sql) { row in
                if let root = row.withBlob("root", { Digest(bytes: $0) }) { waiting.append(root) }
            }
        }
        while let digest = waiting.popLast() {
            guard kept.insert(digest).inserted, let encoding = try encoding(of: digest) else { continue }
            waiting += DiscoveryNode(encoding: encoding)?.children.map(\.digest) ?? []
        }
        var gone: [[UInt8]] = []
        try connection.forEachRow("SELECT digest FROM discovery_node") { row in
            let digest = row.withBlob("digest") { Digest(bytes: $0) }
            if digest.map(kept.contains) != true { gone.append(row.blob("digest")) }
        }
        for bytes in gone { try connection.run("DELETE FROM discovery_node WHERE digest = ?", .blob(bytes)) }
        return gone.count
    }
}
