/// Places the nodes of a directed acyclic graph in layers, from left to right. Pure.
///
/// Layers by longest path, their order by the means of their neighbors' positions (Sugiyama et al. 1981), without dummy nodes.
struct GraphLayout {
    struct Point: Hashable {
        var x: Double
        var y: Double
    }

    static let nodeWidth = 190.0
    static let nodeHeight = 46.0
    private static let gap = (x: 70.0, y: 18.0)
    private static let sweeps = 6

    /// The upper left corner of each node.
    let places: [Point]
    let width: Double
    let height: Double

    /// - Parameter sources: the nodes that each node reads from.
    init(_ sources: [[Int]]) {
        let layers = Self.layers(sources)
        var readers = [[Int]](repeating: [], count: sources.count)
        for (node, nodes) in sources.enumerated() {
            for source in nodes { readers[source].append(node) }
        }
        var columns = [[Int]](repeating: [], count: (layers.max() ?? -1) + 1)
        for (node, layer) in layers.enumerated() { columns[layer].append(node) }
        var position = [Double](repeating: 0, count: sources.count)
        for column in columns { for (index, node) in column.enumerated() { position[node] = Double(index) } }
        for sweep in 0..<Self.sweeps {
            let isForward = sweep % 2 == 0
            for layer in isForward ? Array(columns.indices) : columns.indices.reversed() {
                let keyed = columns[layer].map { node in
                    let near = isForward ? sources[node] : readers[node]
                    let mean =
                        near.isEmpty
                        ? position[node] : near.reduce(0) { $0 + position[$1] } / Double(near.count)
                    return (node: node, mean: mean)
                }
                columns[layer] = keyed.sorted { ($0.mean, $0.node) < ($1.mean, $1.node) }.map(\.node)
                let offset = -Double(columns[layer].count - 1) / 2
                for (index, node) in columns[layer].enumerated() { position[node] = offset + Double(index) }
            }
        }
        let top = position.min() ?? 0
        places = sources.indices.map { node in
            Point(
                x: Double(layers[node]) * (Self.nodeWidth + Self.gap.x),
                y: (position[node] - top) * (Self.nodeHeight + Self.gap.y))
        }
        width = (places.map(\.x).max() ?? 0) + Self.nodeWidth
        height = (places.map(\.y).max() ?? 0) + Self.nodeHeight
    }

    private static func layers(_ sources: [[Int]]) -> [Int] {
        var layers = [Int?](repeating: nil, count: sources.count)
        for start in sources.indices where layers[start] == nil {
            var stack = [(node: start, next: 0)]
            while let top = stack.last {
                if top.next < sources[top.node].count {
                    stack[stack.count - 1].next += 1
                    let source = sources[top.node][top.next]
                    // A cycle, which only a forged store has, ends here.
                    if layers[source] == nil, !stack.contains(where: { $0.node == source }) {
                        stack.append((source, 0))
                    }
                } else {
                    layers[top.node] = sources[top.node].reduce(0) { max($0, (layers[$1] ?? -1) + 1) }
                    stack.removeLast()
                }
            }
        }
        return layers.map { $0 ?? 0 }
    }
}
