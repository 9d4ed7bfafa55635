import Columns
package import PackedRows
package import Predictions
import StageKit
import Texts

/// A teacher's probabilities for rows, by id: soft labels.
///
/// A soft target table is a prediction table: `id` (string), `a`, `b`, `tie` (floating point, each row summing to 1),
/// one row per id. `pseudo-label` writes it; every trainer reads it from its port `targets`. A row of the training
/// table whose id occurs in it is trained towards these probabilities: exclusively if the row has no label, otherwise
/// mixed with the label. Ids that the training table lacks are ignored. A and B are those of the comparison, not of a
/// row that shows them swapped.
package struct SoftTargets: Sendable {
    /// How soft labels are used in training: α · CE + (1 − α) · T² · KL(q^(1/T) ‖ p^(1/T)).
    package struct Options: SettingRecord {
        @Setting(0.05...100, "With targets: the temperature T of both sides of the KL divergence.")
        package var temperature = 1.0

        @Setting(0...1, "With targets: the weight of the label if a row has both a label and a target.")
        package var goldShare = 0.5

        @Setting(0...1000, "With targets: the weight of a row with a target but no label.")
        package var targetWeight = 1.0

        package init() {}
    }

    private let probabilities: TextMap<Probabilities>
    private let options: Options

    /// The targets in some tables; if an id occurs in several, the first counts.
    package init(_ tables: [PredictionTable], options: Options) {
        var probabilities: TextMap<Probabilities> = [:]
        for table in tables {
            for (id, row) in zip(table.ids, table.probabilities) where probabilities[id] == nil {
                probabilities[id] = row
            }
        }
        self.probabilities = probabilities
        self.options = options
    }

    /// The target of a row of a packed table, with A and B as shown; nil if there is none.
    package func target(_ table: PackedTable, _ row: Int) -> RowTarget? {
        let label = table.label(row)
        guard let soft = probabilities[table.id[row] ?? ""] else { return label.map { RowTarget(label: $0) } }
        let shown = table.swapped.values[row] ? soft.swapped : soft
        return RowTarget(label: label, soft: shown, options: options)
    }

    /// Whether a row has a teacher's probabilities.
    package func contains(_ id: String) -> Bool { probabilities[id] != nil }
}
