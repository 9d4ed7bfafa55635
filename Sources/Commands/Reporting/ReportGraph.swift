import ArtifactStore
import Dataflow
import Texts

/// The graph of a run as a drawing: a node per stage of the file, its instances together.
struct ReportGraph {
    private struct Node {
        let name: String
        let kind: String
        var stages: [Int] = []
        var sources: Set<Int> = []
    }

    private let graph: RunGraph
    private var nodes: [Node] = []

    init(_ graph: RunGraph) {
        self.graph = graph
        var places: [ExactText: Int] = [:]
        var node = [Int](repeating: 0, count: graph.stages.count)
        for (index, stage) in graph.stages.enumerated() {
            let name = StageID.name(of: stage.record.stage)
            let place = places[ExactText(name)] ?? nodes.count
            if place == nodes.count {
                places[ExactText(name)] = place
                nodes.append(Node(name: name, kind: stage.record.kind))
            }
            nodes[place].stages.append(index)
            node[index] = place
        }
        for (index, stage) in graph.stages.enumerated() {
            for source in stage.sources where node[source] != node[index] {
                nodes[node[index]].sources.insert(node[source])
            }
        }
    }

    var html: String {
        guard !nodes.isEmpty else { return "" }
        let layout = GraphLayout(nodes.map { $0.sources.sorted() })
        let (width, height) = (GraphLayout.nodeWidth, GraphLayout.nodeHeight)
        var edges = ""
        for (index, node) in nodes.enumerated() {
            for source in node.sources.sorted() {
                let (from, to) = (layout.places[source], layout.places[index])
                let (x1, y1, x2, y2) = (from.x + width, from.y + height / 2, to.x, to.y + height / 2)
                let middle = max(30, (x2 - x1) / 2)
                edges +=
                    "<path class=edge d=\"M\(Self.number(x1)) \(Self.number(y1))C\(Self.number(x1 + middle)) "
                    + "\(Self.number(y1)) \(Self.number(x2 - middle)) \(Self.number(y2)) \(Self.number(x2)) "
                    + "\(Self.number(y2))\"/>\n"
            }
        }
        let boxes = nodes.enumerated().map { index, node in box(node, layout.places[index]) }.joined()
        let view = "-10 -10 \(Self.number(layout.width + 20)) \(Self.number(layout.height + 20))"
        return """
            <div class=graph><svg viewBox="\(view)" role=group aria-label="The stages and what they read">
            \(edges)\(boxes)</svg><div class=buttons><button data-zoom="+" aria-label="Zoom in">+</button>
            <button data-zoom="-" aria-label="Zoom out">−</button>
            <button data-zoom="0" aria-label="Show all">⤢</button></div></div>

            """
    }

    private func box(_ node: Node, _ place: GraphLayout.Point) -> String {
        let outcomes = node.stages.map { graph.stages[$0].record.disposition }
        let worst: Disposition =
            [.failed, .canceled, .skipped, .ran, .cached].first { outcomes.contains($0) } ?? .cached
        let target = node.stages.first { graph.stages[$0].record.disposition == worst } ?? 0
        let count = node.stages.count > 1 ? " ×\(node.stages.count)" : ""
        let seconds = node.stages.reduce(0.0) { $0 + (graph.stages[$1].record.cost?.wallSeconds ?? 0) }
        let title = node.name + count
        return """
            <a class=node href="#stage-\(target)" aria-label="\(HTML.escaped("\(title), \(worst.rawValue)"))">\
            <title>\(HTML.escaped("\(title): \(node.kind), \(worst.rawValue), \(Amounts.seconds(seconds))"))</title>\
            <rect class=\(worst.rawValue) x="\(Self.number(place.x))" y="\(Self.number(place.y))" \
            width="\(Self.number(GraphLayout.nodeWidth))" height="\(Self.number(GraphLayout.nodeHeight))" rx="7"/>\
            <text x="\(Self.number(place.x + 10))" y="\(Self.number(place.y + 19))">\
            \(HTML.escaped(title.truncated(toWidth: 25)))</text>\
            <text class=small x="\(Self.number(place.x + 10))" y="\(Self.number(place.y + 36))">\
            \(HTML.escaped("\(node.kind.truncated(toWidth: 18)) · \(Amounts.seconds(seconds))"))</text></a>

            """
    }

    static func number(_ value: Double) -> String { Amounts.fixed(value, 1) }
}
