import ArtifactStore
import Dataflow
import Digests
import StageSchemas
import Texts

/// The stages of a run from which an artifact came, or that came from it. Pure.
struct LineageTree {
    private let graph: RunGraph
    private let digest: Digest
    private let isDownward: Bool
    /// The stages that produced the artifact, or that read it.
    private let start: [Int]
    private let stages: [Int]
    /// What made an artifact that no stage of the run has made, as `pipeline:stage.output`; nil if nothing did.
    private let elsewhere: (Digest) -> String?
    /// A path at which each file from outside was, as far as that is known.
    private let paths: [Digest: String]

    /// - Parameter name: the stage that is meant, as it is named; nil for all that have made the artifact.
    init(
        _ graph: RunGraph, of digest: Digest, madeBy name: String? = nil, isDownward: Bool,
        paths: [Digest: String] = [:],
        elsewhere: @escaping (Digest) -> String? = { _ in nil }
    ) {
        self.graph = graph
        self.elsewhere = elsewhere
        self.digest = digest
        self.paths = paths
        self.isDownward = isDownward
        let makers = graph.stages.indices.filter { Self.makes(graph, $0, digest) }
        let named = makers.filter { index in name.map(graph.stages[index].record.stage.hasSameBytes) ?? false
        }
        let readers = graph.stages.indices.filter { stage in
            graph.stages[stage].readings.contains { reading in
                reading.digest == digest
                    && (named.isEmpty || reading.source.map { named.contains($0.stage) } ?? false)
            }
        }
        start = isDownward ? readers : named.isEmpty ? makers : named
        stages = graph.reachable(from: start, isDownward: isDownward)
    }

    /// Whether a run made or read an artifact.
    static func holds(_ graph: RunGraph, _ digest: Digest) -> Bool {
        graph.stages.indices.contains { stage in
            makes(graph, stage, digest) || graph.stages[stage].readings.contains { $0.digest == digest }
        }
    }

    private static func makes(_ graph: RunGraph, _ stage: Int, _ digest: Digest) -> Bool {
        graph.stages[stage].trace?.outputs.values.contains { $0.digest == digest } ?? false
    }

    /// An indented tree; a subtree is shown only once.
    var text: String {
        guard !start.isEmpty else {
            return isDownward
                ? "\(digest.abbreviated): no stage read it\n" : "\(digest.abbreviated): a file from outside\n"
        }
        var lines: [String] = []
        var shown = Set<Int>()
        // Without recursion: a chain may be long.
        var waiting = start.reversed().map { (stage: $0, depth: 0) }
        while let (stage, depth) = waiting.popLast() {
            let indent = String(repeating: "  ", count: min(depth, 40))
            guard shown.insert(stage).inserted else {
                lines.append(indent + name(stage) + " (above)")
                continue
            }
            let kind = graph.stages[stage].record.kind
            lines.append(indent + name(stage) + "  (\(kind))")
            if !isDownward {
                for reading in graph.stages[stage].readings where reading.source == nil {
                    let place =
                        origin(of: reading) ?? paths[reading.digest].map { "\($0), from outside" }
                        ?? "from outside"
                    lines.append(
                        indent + "  " + "\(reading.input): \(place), \(reading.digest.abbreviated)")
                }
            }
            waiting += neighbors(stage).reversed().map { ($0, depth + 1) }
        }
        return lines.map { $0.escapedForDisplay + "\n" }.joined()
    }

    /// The output of another pipeline that a stage read; nil for a file from outside.
    private func origin(of reading: RunGraph.Reading) -> String? {
        guard !reading.isFile else { return nil }
        let made = elsewhere(reading.digest)
        guard let named = reading.elsewhere?.description else { return made }
        // The file need not name the output if there is only one.
        return made.map { $0.beginsWith(named + ".") } ?? false ? made : named
    }

    private func name(_ stage: Int) -> String { graph.stages[stage].record.stage }

    private func neighbors(_ stage: Int) -> [Int] {
        isDownward ? stages.filter { graph.stages[$0].sources.contains(stage) } : graph.stages[stage].sources
    }

    private var edges: [(from: Int, to: Int)] {
        stages.flatMap { stage in
            graph.stages[stage].sources.filter { stages.contains($0) }.map { (from: $0, to: stage) }
        }
    }

    /// Graphviz.
    var dot: String {
        var lines = ["digraph lineage {", "  rankdir=LR;", "  node [shape=box];"]
        for stage in stages { lines.append("  n\(stage) [label=\(Graphviz.quoted(name(stage)))];") }
        for edge in edges { lines.append("  n\(edge.from) -> n\(edge.to);") }
        return (lines + ["}"]).joined(separator: "\n") + "\n"
    }

    /// Mermaid.
    var mermaid: String {
        var lines = ["flowchart LR"]
        for stage in stages { lines.append("  n\(stage)[\(Mermaid.quoted(name(stage)))]") }
        for edge in edges { lines.append("  n\(edge.from) --> n\(edge.to)") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// `{"digest", "run", "pipeline", "direction", "stages": [{"name", "kind", "key", "outputs", "inputs"}]}`.
    func document(_ run: RunRecord) -> Value {
        [
            "digest": .string(digest.hexadecimal), "run": .integer(run.id.number),
            "pipeline": .string(run.pipeline),
            "direction": isDownward ? "down" : "up",
            "stages": .list(stages.map(document(ofStage:))),
        ]
    }

    private func document(ofStage index: Int) -> Value {
        let stage = graph.stages[index]
        return [
            "name": .string(stage.record.stage), "kind": .string(stage.record.kind),
            "key": stage.trace.map { .string($0.key.description) } ?? .null,
            "outputs": .map((stage.trace?.outputs ?? [:]).mapValues { .string($0.digest.hexadecimal) }),
            "inputs": .list(
                stage.readings.map { reading in
                    [
                        "input": .string(reading.input), "digest": .string(reading.digest.hexadecimal),
                        "from":
                            (reading.source.map { name($0.stage) + "." + $0.output }
                            ?? origin(of: reading)).map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }
}
