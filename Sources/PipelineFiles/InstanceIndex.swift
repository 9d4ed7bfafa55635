import Dataflow
import StageSchemas
import Texts

/// The instances of stages by coordinates, so that an instance of each stage can read from its counterpart in another in
/// constant time.
final class InstanceIndex {
    private struct Name: Hashable {
        let stage: ExactText
        let axes: [ExactText]
    }

    private struct Table {
        var positions: [[ExactText]: [Int]] = [:]
        /// Placeholders, some of whose coordinates are not known.
        var open: [Int] = []
    }

    private var tables: [Name: Table] = [:]

    /// The instances of a stage with these coordinates, in order; placeholders that may stand for such.
    func instances(_ all: ArraySlice<StageID>, of stage: String, with wanted: [String: String]) -> [StageID] {
        let axes = wanted.keys.map { ExactText($0) }.sorted()
        let name = Name(stage: ExactText(stage), axes: axes)
        let values = axes.map { ExactText(wanted[$0.string] ?? "") }
        let table = table(name, all)
        var found = table.positions[values] ?? []
        guard !table.open.isEmpty else { return found.map { all[$0] } }
        let open = table.open.filter { position in
            all[position].coordinates.allSatisfy { coordinate in
                coordinate.value == StageID.unknown
                    || wanted[coordinate.axis].map { $0.hasSameBytes(as: coordinate.value.description) }
                        ?? true
            }
        }
        if !open.isEmpty { found = Set(found + open).sorted() }
        return found.map { all[$0] }
    }

    private func table(_ name: Name, _ all: ArraySlice<StageID>) -> Table {
        if let table = tables[name] { return table }
        let table = Self.table(all, name.axes)
        tables[name] = table
        return table
    }

    private static func table(_ all: ArraySlice<StageID>, _ axes: [ExactText]) -> Table {
        var table = Table()
        for (position, instance) in zip(all.indices, all) {
            var values: [ExactText] = []
            for axis in axes {
                guard let coordinate = instance.coordinates.first(where: { ExactText($0.axis) == axis })
                else { break }
                values.append(ExactText(coordinate.value.description))
            }
            if values.count == axes.count { table.positions[values, default: []].append(position) }
            if instance.coordinates.contains(where: { $0.value == StageID.unknown }) {
                table.open.append(position)
            }
        }
        return table
    }
}
