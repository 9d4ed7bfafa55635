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

    /// The most results of a page.
    private static let limit = 40
    /// The longest Markdown file that is shown as it is meant to look.
    private static let markdownBytes = 256 << 10

    /// The published files of a run; if nothing is published, the outputs that no stage reads.
    static func all(
        _ graph: RunGraph, _ publications: [Publication], _ store: ArtifactStore, _ folder: FilePath
    ) throws -> [ReportResult] {
        let wanted = wanted(graph, publications).prefix(limit)
        let pictures = ReportPictures(wanted.map { ($0.name, $0.artifact) }, store)
        return try wanted.map { name, stage, artifact in
            ReportResult(name: name, stage: stage, html: try html(name, artifact, store, folder, pictures))
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
        _ name: String, _ artifact: Artifact, _ store: ArtifactStore, _ folder: FilePath,
        _ pictures: ReportPictures
    ) throws -> String {
        let head =
            "<h3>\(HTML.escaped(name)) <span class=dim>\(Amounts.bytes(artifact.size)), "
            + "\(artifact.digest.abbreviated)</span></h3>\n"
        do {
            return head + (try preview(name, artifact, store, folder, pictures))
        } catch {
            return head + "<p class=dim>no preview: \(HTML.escaped("\(error)"))</p>\n"
        }
    }

    private static func preview(
        _ name: String, _ artifact: Artifact, _ store: ArtifactStore, _ folder: FilePath,
        _ pictures: ReportPictures
    ) throws -> String {
        if artifact.shape == .tree {
            let entries = try store.catalog.entries(ofTree: artifact.digest).filter { $0.kind != .directory }
            let images = entries.compactMap { pictures.image($0.path, $0.digest, $0.size, again: false) }
            return images.joined()
                + HTML.table(
                    ["file", ">size"], entries.prefix(20).map { [$0.path, Amounts.bytes($0.size)] })
                + (entries.count > 20 ? "<p class=dim>… and \(entries.count - 20) more files</p>\n" : "")
        }
        if let image = pictures.image(name, artifact.digest, artifact.size, again: true) { return image }
        if name.hasSuffix(".md"), artifact.size <= markdownBytes {
            let bytes = try store.catalog.bytes(of: artifact.digest, limit: markdownBytes)
            return MarkdownHTML.html(String(decoding: bytes, as: UTF8.self)) { pictures.url($0, from: name) }
        }
        guard artifact.size <= 256 << 20 else { return "<p class=dim>too large for a preview</p>\n" }
        let path = folder.appending(artifact.digest.hexadecimal)
        if !FileSystem.exists(path) { try store.artifacts.materialize(artifact.digest, at: path) }
        let text = try Preview(path: path, bounds: Preview.Bounds(width: 160), style: .plain).text()
        return "<pre tabindex=0>\(HTML.escaped(text))</pre>\n"
    }
}

/// The pictures of a page: files, files in folders, and what Markdown files show of either.
private final class ReportPictures {
    private let store: ArtifactStore
    /// The results, by name.
    private let results: [(name: String, artifact: Artifact)]
    /// What is in the page already.
    private var shown: Set<Digest> = []
    /// The bytes that pictures may still take.
    private var budget = 1 << 20

    init(_ results: [(name: String, artifact: Artifact)], _ store: ArtifactStore) {
        self.results = results
        self.store = store
    }

    /// A picture as an element, in which a drawing's scripts and links do nothing; nil if it is none, or too large.
    ///
    /// - Parameter again: false to leave out what the page shows already.
    func image(_ name: String, _ digest: Digest, _ size: Int, again: Bool) -> String? {
        guard again || !shown.contains(digest), let url = url(name, digest, size) else { return nil }
        return "<img class=picture alt=\"\(HTML.escaped(name))\" src=\"\(url)\">\n"
    }

    /// The data of a picture that a result names by its path from there; nil if it is no result, or too large.
    func url(_ path: String, from name: String) -> String? {
        let folder = FilePath(name).parent
        let wanted = (folder.text.isEmpty || folder.text == "." ? FilePath(path) : folder.appending(path))
            .text
        for (result, artifact) in results {
            if result.hasSameBytes(as: wanted) { return url(wanted, artifact.digest, artifact.size) }
            guard artifact.shape == .tree, wanted.hasPrefix(result + "/"),
                let entries = try? store.catalog.entries(ofTree: artifact.digest)
            else { continue }
            let inner = String(wanted.dropFirst(result.count + 1))
            for entry in entries where entry.kind != .directory && entry.path.hasSameBytes(as: inner) {
                return url(wanted, entry.digest, entry.size)
            }
        }
        return nil
    }

    private func url(_ name: String, _ digest: Digest, _ size: Int) -> String? {
        let types = [(".svg", "image/svg+xml"), (".png", "image/png"), (".jpg", "image/jpeg")]
        guard let type = types.first(where: { name.hasSuffix($0.0) })?.1, size <= budget,
            let bytes = try? store.catalog.bytes(of: digest, limit: size)
        else { return nil }
        budget -= size
        shown.insert(digest)
        return "data:\(type);base64,\(HTML.base64(bytes))"
    }
}
