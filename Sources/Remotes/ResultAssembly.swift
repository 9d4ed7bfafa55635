internal import ArtifactStore
internal import Dataflow
internal import Digests

/// Collects the objects of a result that the store lacks, parts first.
struct ResultAssembly {
    let content: ContentFetcher
    let arrivals: Arrivals
    private(set) var found: [ArrivedObject] = []
    private var seen: [Digest: Artifact.Shape] = [:]
    private var entries = 0

    init(_ content: ContentFetcher, _ arrivals: Arrivals) {
        self.content = content
        self.arrivals = arrivals
    }

    mutating func visit(_ digest: Digest, _ shape: Artifact.Shape, depth: Int) throws {
        if let trouble = content.troubles[digest] { throw Arrivals.Refusal(description: trouble) }
        guard let part = content.objects[digest] else {
            // It is in the store already.
            guard try arrivals.shape(of: digest) == shape else {
                throw Arrivals.Refusal(description: "it lacks the content of \(digest.abbreviated)")
            }
            return
        }
        guard depth < ArrivedTree.maximumDepth else {
            throw Arrivals.Refusal(
                description: "a directory is more than \(ArrivedTree.maximumDepth) folders deep")
        }
        if shape == .tree {
            for entry in part.children {
                entries += 1
                guard entries <= ArrivedTree.maximumEntries else {
                    throw Arrivals.Refusal(
                        description: "a directory has more than \(ArrivedTree.maximumEntries) entries")
                }
                try visit(entry.digest, entry.kind == .tree ? .tree : .file, depth: depth + 1)
                if entry.kind == .link { try check(link: entry, depth: depth) }
            }
        }
        if let known = seen[digest] {
            guard known == shape else {
                throw Arrivals.Refusal(
                    description: "\(digest.abbreviated) is listed both as a file and as a directory")
            }
            return
        }
        seen[digest] = shape
        found.append(
            ArrivedObject(
                digest: digest, shape: shape, chunks: part.chunks,
                children: part.children.map(\.digest)))
    }

    private func check(link: ArrivedTree.Entry, depth: Int) throws {
        let chunks = content.objects[link.digest]?.chunks ?? [link.digest]
        let target = try arrivals.bytes(of: chunks, limit: ArrivedTree.longestLink)
        guard let target, ArrivedTree.isLink(target, depth: depth) else {
            throw Arrivals.Refusal(
                description: "the symbolic link '\(link.name)' leads out of its directory")
        }
    }
}
