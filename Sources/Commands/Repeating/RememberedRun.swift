import Dataflow
import Digests
import Files

/// What a run of a whole pipeline depended on, so that the next one can find that nothing has changed without making the pipeline
/// and looking up its stages one by one.
///
/// It says nothing by itself: everything that it names is looked at again. What matters is either among the surroundings, which are
/// one digest, or a file that was read, something outside the pipeline, or a row of the store.
struct RememberedRun: Equatable {
    /// A file or folder outside the pipeline that stages read.
    struct Source: Equatable {
        let source: ExternalSource
        let digest: Digest
        /// Whether it can be run; nil if that does not matter.
        let isExecutable: Bool?
    }

    /// A file that the pipeline publishes.
    struct Published: Equatable {
        let file: String
        let path: FilePath
        let artifact: Artifact
    }

    /// A pattern for files on which the pipeline's instances depend, and the digest of what matched.
    struct Pattern: Equatable {
        let text: String
        let digest: Digest

        init(text: String, digest: Digest) {
            self.text = text
            self.digest = digest
        }

        init(_ pattern: PathPattern, _ files: [String]) {
            var fields = FieldWriter()
            fields.add(files) { $0.add($1) }
            self.init(text: pattern.text, digest: SHA256.digest(of: fields.bytes))
        }
    }

    /// Paths that commands have looked at, and what was there.
    struct Snapshot: Hashable {
        let pathSet: Digest
        let digest: Digest
    }

    /// The program, the command line, the environment and the machine.
    var surroundings: Digest
    /// The run whose record the next one repeats.
    var run: RunID
    /// What the store said of it.
    var image: Digest
    var pipeline: String
    var stages: Int
    /// What is said of the stages if they are all up to date.
    var names: RunLines.CachedNames
    /// The pipeline file, and those that belong to it.
    var texts: [ReadFiles.Entry]
    var patterns: [Pattern]
    var sources: [Source]
    var snapshots: [Snapshot]
    var published: [Published]
}

extension RememberedRun {
    /// Changes with the encoding and with what is remembered.
    private static let version = "sluice.remembered 1"

    /// The bytes of a file: a digest of the others comes first, so that one half of which was written is none.
    var bytes: [UInt8] {
        var fields = FieldWriter()
        fields.add(Self.version)
        fields.add(surroundings)
        fields.add(run.number)
        fields.add(image)
        fields.add(pipeline)
        fields.add(stages)
        fields.add(names.count)
        fields.add(names.first) { $0.add($1) }
        fields.add(texts) {
            $0.add($1.path)
            $0.add($1.digest)
        }
        fields.add(patterns) {
            $0.add($1.text)
            $0.add($1.digest)
        }
        fields.add(sources) {
            $0.add($1.source.path)
            $0.add($1.source.shape.rawValue)
            $0.add($1.digest)
            $0.add($1.isExecutable.map { $0 ? 1 : 0 } ?? -1)
        }
        fields.add(snapshots) {
            $0.add($1.pathSet)
            $0.add($1.digest)
        }
        fields.add(published) {
            $0.add($1.file)
            $0.add($1.path.text)
            $0.add($1.artifact.digest)
            $0.add($1.artifact.shape.rawValue)
            $0.add($1.artifact.size)
            $0.add($1.artifact.isExecutable ? 1 : 0)
        }
        return SHA256.digest(of: fields.bytes).bytes + fields.bytes
    }

    /// - Returns: nil for anything but the bytes of one.
    init?(bytes: [UInt8]) {
        let body = Array(bytes.dropFirst(Digest.byteCount))
        guard Digest(bytes: Array(bytes.prefix(Digest.byteCount))) == SHA256.digest(of: body) else {
            return nil
        }
        var fields = FieldReader(body)
        do {
            guard try fields.text() == Self.version else { return nil }
            surroundings = try fields.digest()
            run = RunID(try fields.integer())
            image = try fields.digest()
            pipeline = try fields.text()
            stages = try fields.integer()
            let count = try fields.integer()
            names = RunLines.CachedNames(first: try fields.list { try $0.text() }, count: count)
            texts = try fields.list { ReadFiles.Entry(path: try $0.text(), digest: try $0.digest()) }
            patterns = try fields.list { Pattern(text: try $0.text(), digest: try $0.digest()) }
            sources = try fields.list { fields in
                let path = try fields.text()
                let shape = ExternalSource.Shape(rawValue: try fields.text())
                guard let shape else { throw FieldReader.Malformed() }
                let digest = try fields.digest()
                let flag = try fields.integer()
                return Source(
                    source: ExternalSource(path: path, shape: shape), digest: digest,
                    isExecutable: flag < 0 ? nil : flag == 1)
            }
            snapshots = try fields.list { Snapshot(pathSet: try $0.digest(), digest: try $0.digest()) }
            published = try fields.list { fields in
                let file = try fields.text()
                let path = FilePath(try fields.text())
                let digest = try fields.digest()
                let shape = Artifact.Shape(rawValue: try fields.text())
                guard let shape else { throw FieldReader.Malformed() }
                let artifact = Artifact(
                    digest: digest, shape: shape, size: try fields.integer(),
                    isExecutable: try fields.integer() == 1)
                return Published(file: file, path: path, artifact: artifact)
            }
        } catch {
            return nil
        }
        guard fields.isAtEnd else { return nil }
    }
}
