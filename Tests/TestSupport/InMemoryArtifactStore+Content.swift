public import Dataflow
public import Digests
public import Files
import FoundationEssentials
import Synchronization

// The protocols document their requirements.

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: ContentStoring {
    public func holds(_ artifact: Digest) throws -> Bool { state.withLock { $0.contents[artifact] != nil } }

    public func capture(
        _ path: FilePath, shape: Artifact.Shape, unless isUnwanted: () -> Bool
    ) throws -> Artifact {
        guard !isUnwanted() else { throw InMemoryStoreError(message: "the output is not wanted any more") }
        let (content, digest) = try read(path)
        state.withLock { state in
            state.contents[digest] = content
            guard case .tree(let files) = content else { return }
            for data in files.values {
                state.contents[SHA256.digest(of: Array(data))] = .file(data, isExecutable: false)
            }
        }
        try FileManager.default.removeItem(atPath: path.text)
        let size =
            switch content {
            case .file(let data, _): data.count
            case .tree(let files): files.values.reduce(0) { $0 + $1.count }
            }
        let isExecutable = if case .file(_, let flag) = content { flag } else { false }
        return Artifact(digest: digest, shape: shape, size: size, isExecutable: isExecutable)
    }

    public func adopt(_ source: ExternalSource, digest: Digest) throws {
        let (content, _) = try read(FilePath(source.path).resolved(against: directory))
        state.withLock { $0.contents[digest] = content }
    }

    public func materialize(_ artifact: Digest, at path: FilePath, isExecutable: Bool) throws {
        try write(artifact, to: path)
        if isExecutable { try FileSystem.setMode(0o555, of: path) }
    }

    public func export(_ artifact: Digest, to path: FilePath, isExecutable: Bool) throws {
        try? FileManager.default.removeItem(atPath: path.text)
        try write(artifact, to: path)
        if isExecutable { try FileSystem.setMode(0o755, of: path) }
    }

    public func bytes(of artifact: Digest) throws -> [UInt8] {
        guard let bytes = content(of: artifact) else {
            throw InMemoryStoreError(message: "no artifact \(artifact.abbreviated)")
        }
        return bytes
    }

    public func files(ofTree artifact: Digest) throws -> [(path: String, digest: Digest)] {
        state.withLock { state in
            guard case .tree(let files)? = state.contents[artifact] else { return [] }
            return files.map { ($0, SHA256.digest(of: Array($1))) }
        }
    }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: SourceReading {
    public func digest(of source: ExternalSource) throws -> Digest {
        try read(FilePath(source.path).resolved(against: directory)).digest
    }

    public func isExecutable(_ source: ExternalSource) throws -> Bool {
        let path = FilePath(source.path).resolved(against: directory)
        guard case .file(_, let isExecutable) = try read(path).content else { return false }
        return isExecutable
    }
}

extension InMemoryArtifactStore {
    fileprivate func read(_ path: FilePath) throws -> (content: Content, digest: Digest) {
        var isDirectory = false
        guard FileManager.default.fileExists(atPath: path.text, isDirectory: &isDirectory) else {
            throw InMemoryStoreError(message: "\(path) does not exist")
        }
        guard isDirectory else {
            let data = try Data(contentsOf: URL(filePath: path.text))
            let isExecutable = FileManager.default.isExecutableFile(atPath: path.text)
            return (.file(data, isExecutable: isExecutable), SHA256.digest(of: Array(data)))
        }
        var files: [String: Data] = [:]
        var listing = ""
        for name in try FileManager.default.subpathsOfDirectory(atPath: path.text).sorted() {
            var isFolder = false
            let inner = path.appending(name).text
            _ = FileManager.default.fileExists(atPath: inner, isDirectory: &isFolder)
            guard !isFolder else { continue }
            let data = try Data(contentsOf: URL(filePath: inner))
            files[name] = data
            listing += "\(name)\u{0}\(SHA256.digest(of: Array(data)))\n"
        }
        return (.tree(files), SHA256.digest(of: listing))
    }

    fileprivate func write(_ artifact: Digest, to path: FilePath) throws {
        guard let content = state.withLock({ $0.contents[artifact] }) else {
            throw InMemoryStoreError(message: "no artifact \(artifact.abbreviated)")
        }
        switch content {
        case .file(let data, _): try data.write(to: URL(filePath: path.text))
        case .tree(let files):
            for (name, data) in files.sorted(by: { $0.key < $1.key }) {
                let target = path.appending(name)
                try FileManager.default.createDirectory(
                    atPath: target.parent.text, withIntermediateDirectories: true)
                try data.write(to: URL(filePath: target.text))
            }
        }
    }
}
