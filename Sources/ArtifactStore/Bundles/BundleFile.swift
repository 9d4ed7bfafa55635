internal import Compression
internal import Dataflow
internal import Digests
internal import Files
internal import SQLite
internal import Texts

/// A bundle: results of one store, for use in others. One SQLite file:
///
/// * `result(position, record)`: a stage's result, as JSON
/// * `entry(tree, path, kind, file)`: what is in a directory
/// * `piece(file, position, size, bytes)`: a file's content, in pieces, compressed
/// * `node(encoding)`: nodes of what commands have discovered
///
/// Everything is named by its digest, and compared with it on arrival.
final class BundleFile {
    /// Identifies the file: "Slub".
    private static let applicationID = 0x536C_7562
    private static let version = 1

    /// The maximum number of bytes of a piece before compression.
    static let pieceSize = 1 << 20

    let connection: Connection

    /// Creates a bundle at a path that does not exist yet.
    init(creating path: FilePath) throws {
        connection = try Connection(path: path.text)
        try connection.execute(
            script: """
                PRAGMA journal_mode = OFF;
                PRAGMA synchronous = OFF;
                PRAGMA application_id = \(Self.applicationID);
                PRAGMA user_version = \(Self.version);
                CREATE TABLE result (position INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT;
                CREATE TABLE entry (
                    tree BLOB NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL, file BLOB NOT NULL,
                    PRIMARY KEY (tree, path)
                ) STRICT, WITHOUT ROWID;
                CREATE TABLE piece (
                    file BLOB NOT NULL, position INTEGER NOT NULL, size INTEGER NOT NULL, bytes BLOB NOT NULL,
                    PRIMARY KEY (file, position)
                ) STRICT;
                CREATE TABLE node (encoding BLOB NOT NULL) STRICT;
                """)
    }

    /// Opens a bundle.
    ///
    /// - Throws: `StoreError.invalid` if the file is not a bundle.
    init(reading path: FilePath) throws {
        do {
            connection = try Connection(path: path.text, mode: .readOnly)
            let id = try connection.first("PRAGMA application_id") { $0.integer("application_id") }
            guard id == Self.applicationID else {
                throw StoreError(.invalid, "\(path) is not a bundle made by `sluice export`")
            }
            let version = try connection.first("PRAGMA user_version") { $0.integer("user_version") } ?? 0
            guard version == Self.version else {
                throw StoreError(.newerSchema, "\(path) was made by another version of sluice")
            }
        } catch let error as DatabaseError {
            throw StoreError(.invalid, "\(path) cannot be read as a bundle: \(error.message)")
        }
    }

    func addResult(_ record: [UInt8]) throws {
        try connection.run("INSERT INTO result (record) VALUES (?)", .blob(record))
    }

    /// The results, each with its position.
    func results() throws -> [[UInt8]] {
        try reading {
            try connection.rows("SELECT record FROM result ORDER BY position") { $0.blob("record") }
        }
    }

    func addNode(_ encoding: [UInt8]) throws {
        try connection.run("INSERT INTO node (encoding) VALUES (?)", .blob(encoding))
    }

    func nodes() throws -> [Digest: [UInt8]] {
        var nodes: [Digest: [UInt8]] = [:]
        try reading {
            try connection.forEachRow("SELECT encoding FROM node") { row in
                let encoding = row.blob("encoding")
                nodes[SHA256.digest(of: encoding)] = encoding
            }
        }
        return nodes
    }

    /// Runs `body`, which reads the bundle, and converts its errors.
    private func reading<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StoreError(.invalid, "the bundle is damaged: \(error.message)")
        } catch let error as CompressionError {
            throw StoreError(.invalid, "the bundle is damaged: \(error)")
        }
    }

    /// True if the bundle has a file's content.
    func hasFile(_ digest: Digest) throws -> Bool {
        try connection.first("SELECT 1 FROM piece WHERE file = ?", .blob(digest.bytes)) { _ in true } ?? false
    }

    func addPiece(_ bytes: [UInt8], of file: Digest, at position: Int, _ codec: borrowing ZstdCodec) throws {
        let compressed = codec.compress(bytes.span.bytes)
        try connection.run(
            "INSERT INTO piece (file, position, size, bytes) VALUES (?, ?, ?, ?)", .blob(file.bytes),
            .integer(position), .integer(compressed == nil ? -bytes.count : bytes.count),
            .blob(compressed ?? bytes))
    }

    /// Calls `body` with a file's content, piece by piece.
    ///
    /// - Parameter limit: the maximum size of the file.
    func forEachPiece(of file: Digest, limit: Int, _ body: ([UInt8]) throws -> Void) throws {
        let codec = ZstdCodec()
        var (next, left) = (0, limit)
        let sql = "SELECT position, size, bytes FROM piece WHERE file = ? ORDER BY position"
        try reading {
            try connection.forEachRow(sql, [.blob(file.bytes)]) { row in
                let size = row.integer("size")
                guard row.integer("position") == next, size.magnitude <= Self.pieceSize else {
                    throw StoreError(
                        .invalid,
                        "the bundle is damaged: a piece of \(file.abbreviated) is missing or out of order")
                }
                next += 1
                let bytes = row.blob("bytes")
                let piece = size < 0 ? bytes : try codec.decompress(bytes.span.bytes, size: size)
                left -= piece.count
                guard piece.count == size.magnitude, left >= 0 else {
                    throw StoreError(
                        .invalid,
                        "the bundle is damaged: \(file.abbreviated) has more bytes than its recorded size")
                }
                try body(piece)
            }
        }
        guard next > 0 else {
            throw StoreError(.invalid, "the bundle lacks the content of \(file.abbreviated)")
        }
    }

    func addEntry(_ path: String, _ kind: TreeEntry.Kind, _ file: Digest, of tree: Digest) throws {
        try connection.run(
            "INSERT INTO entry (tree, path, kind, file) VALUES (?, ?, ?, ?)", .blob(tree.bytes), .text(path),
            .text(kind.rawValue), .blob(file.bytes))
    }

    /// What is in a directory, folders before their contents.
    ///
    /// A bundle must not be able to write outside the folder in which it is unpacked: the folder of each entry must be an entry,
    /// too, so that none is reached through a link.
    func entries(of tree: Digest) throws -> [(path: String, kind: TreeEntry.Kind, file: Digest)] {
        let damage = StoreError(
            .invalid, "the bundle is damaged: the directory \(tree.abbreviated) cannot be read")
        var entries: [(path: String, kind: TreeEntry.Kind, file: Digest)] = []
        var folders = TextSet([""])
        let sql = "SELECT path, kind, file FROM entry WHERE tree = ? ORDER BY path"
        try reading {
            try connection.forEachRow(sql, [.blob(tree.bytes)]) { row in
                guard let path = row.text("path"),
                    let kind = TreeEntry.Kind(rawValue: row.text("kind") ?? ""),
                    let file = row.withBlob("file", { Digest(bytes: $0) })
                else { throw damage }
                let names = path.parts(between: "/")
                guard let name = names.last, TreeManifest.isName(name), names.count <= Capture.maximumDepth,
                    entries.count < Capture.maximumEntries,
                    folders.contains(names.dropLast().joined(separator: "/"))
                else { throw damage }
                if kind == .directory { _ = folders.insert(path) }
                entries.append((path, kind, file))
            }
        }
        return entries
    }
}
