import Dataflow
import Digests
import Files

/// What a run of a whole pipeline depended on, so that the next run can find out that nothing has changed without building the
/// pipeline and looking up its stages one by one.
///
/// Nothing in it is trusted: everything that it names is checked again. A dependency is either part of the surroundings, which
/// are one digest, or a file that was read, an external source, or a row of the store.
struct RememberedRun: Equatable {
    /// A file or folder outside the pipeline that stages read.
    struct Source: Equatable {
        let source: ExternalSource
        let digest: Digest
        /// Whether it is executable; nil if that does not matter.
        let isExecutable: Bool?
    }

    /// A file that the pipeline publishes.
    struct Published: Equatable {
        let file: String
        let path: FilePath
        let artifact: Artifact
    }

    /// A pattern for files that determines instances of the pipeline, and the digest of its matches.
    struct Pattern: Equatable {
        let text: String
        let digest: Digest

        init(text: String, digest: Digest) {
            self.text = text
            self.digest = digest
        }

        init(_ pattern: PathPattern, _ files: [String]) {
            var encoder = CanonicalEncoder()
            encoder.beginList(files.count)
            for file in files { encoder.append(file) }
            self.init(text: pattern.text, digest: SHA256.digest(of: encoder.bytes))
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
    /// The digest of what the store has recorded about that run.
    var image: Digest
    var pipeline: String
    var stages: Int
    /// What to report about the stages if all are up to date.
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
    private static let version = "sluice.remembered 2"

    /// The bytes of a file, which begin with a digest of the rest, so that a partly written file is not valid.
    var bytes: [UInt8] {
        var encoder = CanonicalEncoder()
        encoder.append(Self.version)
        encoder.append(surroundings)
        encoder.append(run.number)
        encoder.append(image)
        encoder.append(pipeline)
        encoder.append(stages)
        encoder.append(names.count)
        encoder.beginList(names.first.count)
        for name in names.first { encoder.append(name) }
        encoder.beginList(texts.count)
        for text in texts {
            encoder.append(text.path)
            encoder.append(text.digest)
        }
        encoder.beginList(patterns.count)
        for pattern in patterns {
            encoder.append(pattern.text)
            encoder.append(pattern.digest)
        }
        encoder.beginList(sources.count)
        for source in sources {
            encoder.append(source.source.path)
            encoder.append(source.source.shape.rawValue)
            encoder.append(source.digest)
            encoder.append(source.isExecutable.map { $0 ? 1 : 0 } ?? -1)
        }
        encoder.beginList(snapshots.count)
        for snapshot in snapshots {
            encoder.append(snapshot.pathSet)
            encoder.append(snapshot.digest)
        }
        encoder.beginList(published.count)
        for item in published {
            encoder.append(item.file)
            encoder.append(item.path.text)
            encoder.append(item.artifact.digest)
            encoder.append(item.artifact.shape.rawValue)
            encoder.append(item.artifact.size)
            encoder.append(item.artifact.isExecutable ? 1 : 0)
        }
        return SHA256.digest(of: encoder.bytes).bytes + encoder.bytes
    }

    /// - Returns: nil if the bytes are not valid.
    init?(bytes: [UInt8]) {
        let body = Array(bytes.dropFirst(Digest.byteCount))
        guard Digest(bytes: Array(bytes.prefix(Digest.byteCount))) == SHA256.digest(of: body) else {
            return nil
        }
        var decoder = CanonicalDecoder(body)
        do {
            guard try decoder.validText() == Self.version else { return nil }
            surroundings = try decoder.digest()
            run = RunID(try decoder.integer())
            image = try decoder.digest()
            pipeline = try decoder.validText()
            stages = try decoder.integer()
            let count = try decoder.integer()
            names = RunLines.CachedNames(first: try decoder.list { try $0.validText() }, count: count)
            texts = try decoder.list { ReadFiles.Entry(path: try $0.validText(), digest: try $0.digest()) }
            patterns = try decoder.list { Pattern(text: try $0.validText(), digest: try $0.digest()) }
            sources = try decoder.list { decoder in
                let path = try decoder.validText()
                let shape = ExternalSource.Shape(rawValue: try decoder.validText())
                guard let shape else { throw CanonicalDecodingError() }
                let digest = try decoder.digest()
                let flag = try decoder.integer()
                return Source(
                    source: ExternalSource(path: path, shape: shape), digest: digest,
                    isExecutable: flag < 0 ? nil : flag == 1)
            }
            snapshots = try decoder.list { Snapshot(pathSet: try $0.digest(), digest: try $0.digest()) }
            published = try decoder.list { decoder in
                let file = try decoder.validText()
                let path = FilePath(try decoder.validText())
                let digest = try decoder.digest()
                let shape = Artifact.Shape(rawValue: try decoder.validText())
                guard let shape else { throw CanonicalDecodingError() }
                let artifact = Artifact(
                    digest: digest, shape: shape, size: try decoder.integer(),
                    isExecutable: try decoder.integer() == 1)
                return Published(file: file, path: path, artifact: artifact)
            }
        } catch {
            return nil
        }
        guard decoder.isAtEnd else { return nil }
    }
}

extension CanonicalDecoder {
    /// A text whose bytes are UTF-8.
    fileprivate mutating func validText() throws -> String {
        guard let text = String(validating: try bytes(), as: UTF8.self) else {
            throw CanonicalDecodingError()
        }
        return text
    }

    /// A list, each of whose elements is read by `element`.
    fileprivate mutating func list<Element>(
        _ element: (inout CanonicalDecoder) throws -> Element
    ) throws -> [Element] {
        let count = try list()
        var elements: [Element] = []
        for _ in 0..<count { elements.append(try element(&self)) }
        return elements
    }
}
