import Dataflow
import Digests
import Files

/// The digests of files outside the pipeline, on a machine other than the driver's.
struct NodeSources: SourceReading {
    /// What the driver has found, by path.
    let known: [String: NodeRequest.Source]

    /// The driver's digest of a file if its status is unchanged; for any other file, the digest of its content.
    func digest(of source: ExternalSource) throws -> Digest {
        let path = FilePath(source.path)
        guard let known = known[source.path], let digest = Digest(hexadecimal: known.digest) else {
            return try Self.digest(ofFile: path)
        }
        if source.shape == .matches { return digest }
        let status: FileStatus
        do {
            status = try FileStatus(of: path)
        } catch {
            throw NodeTrouble("\(error); the working directory must be the same on all machines")
        }
        guard let size = known.size else { return digest }
        if status.size == size, status.modified == known.modified { return digest }
        let found = try Self.digest(ofFile: path)
        guard found == digest else {
            throw NodeTrouble("\(source.path) differs from the file on the machine where the run was started")
        }
        return digest
    }

    /// The status that the driver has seen.
    func isExecutable(_ source: ExternalSource) throws -> Bool {
        if let known = known[source.path] { return known.isExecutable }
        let status = try FileStatus(of: FilePath(source.path))
        return status.kind == .file && status.isExecutable
    }

    private static func digest(ofFile path: FilePath) throws -> Digest {
        var digest = SHA256()
        let file = try File(path, .reading)
        while true {
            let bytes = try file.read(upTo: 1 << 20)
            if bytes.isEmpty { return digest.finalize() }
            digest.update(bytes)
        }
    }
}
