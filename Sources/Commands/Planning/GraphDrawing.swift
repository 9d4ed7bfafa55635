import Dataflow
import StageSchemas
import Texts

/// A pipeline as nodes and edges, rendered in three formats. Pure.
struct GraphDrawing {
    struct Node: Equatable {
        var name: String
        var kind: String
        var instances = 1
        /// The lists that determine its instances.
        var knownAfter: [String] = []
        /// The names of the nodes and external files that it reads from.
        var reads: [String] = []
        var files: [String] = []
        /// The outputs of other pipelines that it reads.
        var elsewhere: [String] = []
        /// The files that it publishes; with the placeholders of lists that are not known.
        var publishes: [String] = []
        var tags: [String] = []

        /// Everything that is not a stage of the pipeline.
        var outside: [String] { files + elsewhere }
    }

    let pipeline: String
    private(set) var nodes: [Node] = []

    /// A drawing with one node per stage in the file, or per instance.
    ///
    /// - Parameter chosen: the stages to draw, with all that they read from; nil for all.
    init(_ pipeline: Pipeline, of chosen: Set<StageID>? = nil, showsInstances: Bool) {
        self.pipeline = pipeline.name
        var positions: [String: Int] = [:]
        func name(_ stage: StageID) -> String { showsInstances ? stage.description : stage.name }
        for stage in pipeline.stages where chosen?.contains(stage.id) ?? true {
            let position: Int
            if let known = positions[name(stage.id)] {
                position = known
                nodes[position].instances += 1
            } else {
                position = nodes.count
                positions[name(stage.id)] = position
                nodes.append(Node(name: name(stage.id), kind: stage.work.kindName))
            }
            for input in stage.inputs {
                for reference in input.references {
                    Self.add(name(reference.stage), to: &nodes[position].reads)
                }
                switch input.source {
                case .external(let source): Self.add(source.path, to: &nodes[position].files)
                case .elsewhere(let output): Self.add(output.description, to: &nodes[position].elsewhere)
                case .output, .gather, .member: break
                }
            }
            for tag in stage.tags { Self.add(tag, to: &nodes[position].tags) }
            for list in stage.lists { Self.add(name(list.stage), to: &nodes[position].reads) }
            if let list = stage.awaitedList {
                Self.add(list.description, to: &nodes[position].knownAfter)
            }
        }
        for publication in pipeline.publications + pipeline.awaitedPublications {
            guard let position = positions[name(publication.source.stage)] else { continue }
            Self.add(publication.fileName, to: &nodes[position].publishes)
        }
    }

    private static func add(_ name: String, to names: inout [String]) {
        if !names.contains(name) { names.append(name) }
    }

    /// One line per node: name, kind, `←` what it reads, `→` what is published.
    func text(width: Int, style: TextStyle) -> String {
        let labels = nodes.map(Self.name)
        let nameWidth = min(40, labels.map { DisplayWidth.of($0) }.max() ?? 0)
        let kindWidth = min(24, nodes.map { DisplayWidth.of($0.kind) }.max() ?? 0)
        let lines = zip(nodes, labels).map { node, label in
            let sources = node.reads + node.elsewhere + node.files.map { "'\($0)'" }
            let reads = sources.isEmpty ? "" : "← " + sources.joined(separator: ", ")
            let after =
                node.knownAfter.isEmpty ? "" : "  known after " + node.knownAfter.joined(separator: ", ")
            let publishes =
                after.escapedForDisplay
                + (node.publishes.isEmpty
                    ? "" : "  → " + node.publishes.joined(separator: ", ").escapedForDisplay)
            let name = label.escapedForDisplay.truncated(toWidth: nameWidth).padded(toWidth: nameWidth)
            let kind = node.kind.truncated(toWidth: kindWidth).padded(toWidth: kindWidth)
            let room = max(20, width - nameWidth - kindWidth - 4)
            // What is published is shorter and more interesting, so what is read is cut first.
            let left = max(20, room - DisplayWidth.of(publishes))
            return name + "  " + style.dim(kind) + "  " + reads.escapedForDisplay.truncated(toWidth: left)
                + publishes
        }
        return lines.map { $0.trimmedAtEnd + "\n" }.joined()
    }

    /// `{"pipeline", "stages": [{"name", "kind", "instances", "knownAfter", "reads", "files", "elsewhere",
    /// "publishes", "tags"}]}`; `instances` is null as long as they are not known.
    var document: Value {
        func texts(_ texts: [String]) -> Value { .list(texts.map { .string($0) }) }
        return [
            "pipeline": .string(pipeline),
            "stages": .list(
                nodes.map { node in
                    [
                        "name": .string(node.name), "kind": .string(node.kind),
                        "instances": node.knownAfter.isEmpty ? .integer(node.instances) : .null,
                        "knownAfter": texts(node.knownAfter), "reads": texts(node.reads),
                        "files": texts(node.files), "elsewhere": texts(node.elsewhere),
                        "publishes": texts(node.publishes), "tags": texts(node.tags),
                    ]
                }),
        ]
    }

    /// Graphviz.
    var dot: String {
        var lines = [
            "digraph \(Graphviz.quoted(pipeline)) {", "    rankdir=LR;",
            "    node [shape=box, style=rounded, fontname=\"sans-serif\"];",
        ]
        for node in nodes {
            lines.append("    \(Graphviz.quoted(node.name)) [label=\(Graphviz.quoted(Self.label(node)))];")
        }
        for file in files {
            lines.append(
                "    \(Graphviz.quoted("file:" + file)) [label=\(Graphviz.quoted(file)), shape=note];")
        }
        for node in nodes {
            for source in node.reads + node.outside.map({ "file:" + $0 }) {
                lines.append("    \(Graphviz.quoted(source)) -> \(Graphviz.quoted(node.name));")
            }
        }
        for node in nodes where !node.publishes.isEmpty {
            let published = Graphviz.quoted("published:" + node.name)
            lines.append("    \(published) [label=\(Graphviz.quoted(Self.published(node))), shape=folder];")
            lines.append("    \(Graphviz.quoted(node.name)) -> \(published);")
        }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// Mermaid, which GitHub renders in Markdown.
    var mermaid: String {
        var lines = ["flowchart LR"]
        var ids: [String: String] = [:]
        for (index, node) in nodes.enumerated() {
            ids[node.name] = "s\(index)"
            lines.append("    s\(index)[\(Mermaid.quoted(Self.label(node)))]")
        }
        for (index, file) in files.enumerated() {
            ids["file:" + file] = "f\(index)"
            lines.append("    f\(index)[/\(Mermaid.quoted(file))/]")
        }
        for node in nodes {
            for source in node.reads + node.outside.map({ "file:" + $0 }) {
                guard let from = ids[source], let to = ids[node.name] else { continue }
                lines.append("    \(from) --> \(to)")
            }
        }
        for (index, node) in nodes.enumerated() where !node.publishes.isEmpty {
            lines.append("    s\(index) --> p\(index)>\(Mermaid.quoted(Self.published(node)))]")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var files: [String] {
        nodes.reduce(into: []) { result, node in
            for file in node.outside { Self.add(file, to: &result) }
        }
    }

    /// The name, with the number of instances.
    private static func name(_ node: Node) -> String {
        if !node.knownAfter.isEmpty { return node.name + " ×?" }
        return node.name + (node.instances > 1 ? " ×\(node.instances)" : "")
    }

    /// The files that a node publishes, or the first of many.
    private static func published(_ node: Node) -> [String] {
        let most = 6
        guard node.publishes.count > most else { return node.publishes }
        return node.publishes.prefix(most - 1) + ["and \(node.publishes.count - most + 1) more"]
    }

    private static func label(_ node: Node) -> [String] {
        let after = node.knownAfter.joined(separator: ", ")
        return [name(node), node.kind] + (after.isEmpty ? [] : ["known after " + after])
    }
}
