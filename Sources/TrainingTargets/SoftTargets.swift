import Columns
package import PackedRows
package import Predictions
import StageKit

/// A teacher's probabilities for rows, by id: soft labels.
///
/// The soft target table is a prediction table: `id` (string), `a`, `b`, `tie` (floating, each row summing to 1), one row per
/// id. `pseudo-label` writes it; every trainer reads it on its port `targets`. A row of the training table whose id is in it is
/// trained towards the probabilities: alone where the row has no label, mixed with the label where it has one. Ids that the
/// training table does not have are passed over. A and B are those of the comparison, not of a row that shows them swapped.
package struct SoftTargets: Sendable {
    /// How soft labels are trained with: α · CE + (1 − α) · T² · KL(q^(1/T) ‖ p^(1/T)).
    package struct Options: SettingRecord {
        @Setting(0.05...100, "With targets: the temperature T of both sides of the KL divergence.")
        package var temperature = 1.0

        @Setting(0...1, "With targets: the label's part where a row has a label and a target.")
        package var goldShare = 0.5

        @Setting(0...1000, "With targets: the weight of a row that has a target and no label.")
        package var targetWeight = 1.0

        package init() {}
    }

    private let probabilities: [String: Probabilities]
    private let options: Options

    /// The targets of tables; of an id that is in several, the first holds.
    package init(_ tables: [PredictionTable], options: Options) {
        var probabilities: [String: Probabilities] = [:]
        for table in tables {
            for (id, row) in zip(table.ids, table.probabilities) where probabilities[id] == nil {
                probabilities[id] = row
            }
        }
        self.probabilities = probabilities
        self.options = options
    }

    /// What a row of a packed table teaches, with A and B as they are shown; nil where nothing is known of it.
    package func target(_ table: PackedTable, _ row: Int) -> RowTarget? {
        let label = table.label(row)
        guard let soft = probabilities[table.id[row] ?? ""] else { return label.map { RowTarget(label: $0) } }
        let shown = table.swapped.values[row] ? soft.swapped : soft
        return RowTarget(label: label, soft: shown, options: options)
    }

    /// Whether a row has a teacher's probabilities.
    package func contains(_ id: String) -> Bool { probabilities[id] != nil }
}
