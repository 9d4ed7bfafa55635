import ArtifactStore
import Dataflow
import Digests
import Files
import Texts

/// A file that a run made for people, with a preview.
struct ReportResult {
    let name: String
    /// The stage that made it.
    let stage: Int?
    let html: String

    /// The most results of a page, and the most bytes of all their pictures.
    private static let limit = 40
    private static let pictureBytes = 1 << 20

    /// The published files of a run; if nothing is published, the outputs that no stage reads.
    static func all(
        _ graph: RunGraph, _ publications: [Publication], _ store: ArtifactStore, _ folder: FilePath
    ) throws -> [ReportResult] {
        var budget = pictureBytes
        return try wanted(graph, publications).prefix(limit).map { name, stage, artifact in
            ReportResult(
                name: name, stage: stage, html: try html(name, artifact, store, folder, &budget))
        }
    }

    private static func wanted(
        _ graph: RunGraph, _ publications: [Publication]
    ) -> [(name: String, stage: Int, artifact: Artifact)] {
        let published = publications.compactMap {
            publication -> (name: String, stage: Int, artifact: Artifact)? in
            let id = publication.source.stage.description
            guard let stage = graph.stages.firstIndex(where: { $0.record.stage.hasSameBytes(as: id) }),
                let artifact = graph.stages[stage].trace?.outputs[publication.source.output]
            else { return nil }
            return (publication.fileName, stage, artifact)
        }
        guard published.isEmpty else { return published }
        let read = Set(graph.stages.flatMap(\.sources))
        return graph.stages.indices.filter { !read.contains($0) }.flatMap { stage in
            (graph.stages[stage].trace?.outputs ?? [:]).sorted { $0.key.precedesByBytes($1.key) }.map {
                (graph.stages[stage].record.stage + "." + $0.key, stage, $0.value)
            }
        }
    }

    private static func html(
        _ name: String, _ artifact: Artifact, _ store: ArtifactStore, _ folder: FilePath, _ budget: inout Int
    ) throws -> String {
        let head =
            "<h3>\(HTML.escaped(name)) <span class=dim>\(Amounts.bytes(artifact.size)), "
            + "\(artifact.digest.abbreviated)</span></h3>\n"
        do {
            return head + (try preview(name, artifact, store, folder, &budget))
        } catch {
            return head + "<p class=dim>no preview: \(HTML.escaped("\(error)"))</p>\n"
        }
    }

    private static func preview(
        _ name: String, _ artifact: Artifact, _ store: ArtifactStore, _ folder: FilePath, _ budget: inout Int
    ) throws -> String {
        if artifact.shape == .tree {
            let entries = try store.catalog.entries(ofTree: artifact.digest).filter { $0.kind != .directory }
            return HTML.table(
                ["file", ">size"], entries.prefix(20).map { [$0.path, Amounts.bytes($0.size)] })
                + (entries.count > 20 ? "<p class=dim>… and \(entries.count - 20) more files</p>\n" : "")
        }
        let type = pictureType(name)
        if let type, artifact.size <= budget {
            budget -= artifact.size
            let bytes = try store.catalog.bytes(of: artifact.digest, limit: pictureBytes)
            // As an image, a drawing's scripts and links do nothing.
            return
                "<img class=picture alt=\"\(HTML.escaped(name))\" src=\"data:\(type);base64,\(HTML.base64(bytes))\">\n"
        }
        guard artifact.size <= 256 << 20 else { return "<p class=dim>too large for a preview</p>\n" }
        let path = folder.appending(artifact.digest.hexadecimal)
        if !FileSystem.exists(path) { try store.artifacts.materialize(artifact.digest, at: path) }
        let text = try Preview(path: path, bounds: Preview.Bounds(width: 160), style: .plain).text()
        return "<pre tabindex=0>\(HTML.escaped(text))</pre>\n"
    }

    private static func pictureType(_ name: String) -> String? {
        for (ending, type) in [(".svg", "image/svg+xml"), (".png", "image/png"), (".jpg", "image/jpeg")]
        where name.hasSuffix(ending) { return type }
        return nil
    }
}
