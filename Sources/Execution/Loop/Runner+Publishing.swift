import Dataflow
import Digests
import Files

extension Runner {
    /// Copies published files to the pipeline's folder, unless they are there already, and removes those that the pipeline
    /// no longer publishes.
    ///
    /// Does nothing unless the run succeeded and may publish: the folder holds the results of one state of the pipeline.
    func publish() throws -> [(file: String, path: FilePath)] {
        guard outcome == .succeeded, options.publishes else { return [] }
        let pipeline = selection.pipeline
        let folder = options.publicationFolder.appending(pipeline.name)
        var published: [(file: String, path: FilePath)] = []
        var recorded = try store.publications.all(ofPipeline: pipeline.name)
        let before = recorded
        if !pipeline.publications.isEmpty || !recorded.isEmpty {
            let current = Set(pipeline.publications.map(\.fileName))
            for (file, digest) in recorded.sorted(by: { $0.key < $1.key }) where !current.contains(file) {
                removePublished(file, digest, in: folder)
                recorded[file] = nil
            }
        }
        for publication in pipeline.publications {
            guard let index = selection.index(of: publication.source.stage),
                let trace = runs[index].result?.trace
            else { continue }
            guard let artifact = trace.outputs[publication.source.output] else {
                // It was not written this time.
                if let digest = recorded.removeValue(forKey: publication.fileName) {
                    removePublished(publication.fileName, digest, in: folder)
                }
                continue
            }
            let path = folder.appending(publication.fileName)
            if !isPublished(artifact, at: path) {
                try store.artifacts.export(artifact.digest, to: path, isExecutable: artifact.isExecutable)
                reporter.report(.published(file: publication.fileName, path: path.text))
            }
            recorded[publication.fileName] = artifact.digest
            published.append((publication.fileName, path))
        }
        if recorded != before { try store.publications.replace(recorded, ofPipeline: pipeline.name) }
        return published
    }

    private func isPublished(_ artifact: Artifact, at path: FilePath) -> Bool {
        guard publishedDigest(path, artifact.shape) == artifact.digest else { return false }
        guard artifact.shape == .file else { return true }
        return (try? FileStatus(of: path).isExecutable) == artifact.isExecutable
    }

    private func publishedDigest(_ path: FilePath, _ shape: Artifact.Shape) -> Digest? {
        try? store.sources.digest(
            of: ExternalSource(path: path.text, shape: shape == .tree ? .directory : .file))
    }

    /// Removes a file that the pipeline published and that has not been changed since, and the folders that this empties.
    private func removePublished(_ file: String, _ digest: Digest, in folder: FilePath) {
        let path = folder.appending(file)
        guard let kind = try? FileStatus(of: path, followsLinks: false).kind else { return }
        guard publishedDigest(path, kind == .directory ? .tree : .file) == digest else {
            reporter.report(.notice("\(path) is no longer published, but was changed, so it is kept"))
            return
        }
        do {
            try FileSystem.removeTree(path)
        } catch {
            reporter.report(.notice("\(path) is no longer published, but cannot be removed: \(error)"))
            return
        }
        reporter.report(.notice("removed \(path), which is no longer published"))
        var parent = path.parent
        while parent.text.utf8.count > folder.text.utf8.count,
            (try? FileSystem.removeDirectory(parent)) != nil
        {
            parent = parent.parent
        }
    }
}
