internal import Digests
internal import SQLite

/// The table `publication`: what each pipeline published last.
struct PublicationTable {
    let connection: Connection

    /// The artifacts that a pipeline published last, by file name.
    func all(ofPipeline pipeline: String) throws -> [String: Digest] {
        var result: [String: Digest] = [:]
        let sql = "SELECT file, digest FROM publication WHERE pipeline = ?"
        try connection.forEachRow(sql, [.text(pipeline)]) { row in
            guard let file = row.text("file") else { return }
            result[file] = try row.digest("digest", of: "the published file '\(file)' of \(pipeline)")
        }
        return result
    }

    /// Records what a pipeline has published, replacing the previous record.
    func replace(_ publications: [String: Digest], ofPipeline pipeline: String) throws {
        try connection.run("DELETE FROM publication WHERE pipeline = ?", .text(pipeline))
        for (file, digest) in publications {
            try connection.run(
                "INSERT INTO publication (pipeline, file, digest) VALUES (?, ?, ?)", .text(pipeline),
                .text(file), .blob(digest.bytes))
        }
    }
}
