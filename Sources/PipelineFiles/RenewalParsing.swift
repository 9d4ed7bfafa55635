import Dataflow
import StageSchemas
import YAML

extension Stage.Renewal {
    /// The keys of a stage that say when it runs.
    static let keys = ["always", "frozen"]

    /// When a stage runs, as its keys say; mistakes are added to `diagnostics`.
    static func parse(
        _ entries: [Node.Entry], _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> Stage.Renewal {
        var renewal = Stage.Renewal.whenStale
        for entry in entries {
            guard case .boolean(let flag) = scope.value(of: entry.value, &diagnostics) else {
                diagnostics.add("\(entry.key): expected true or false", at: entry.value.mark)
                continue
            }
            guard flag else { continue }
            guard renewal == .whenStale else {
                diagnostics.add("a stage cannot be both always: and frozen:; remove one", at: entry.mark)
                continue
            }
            renewal = entry.key == "always" ? .always : .frozen
        }
        return renewal
    }
}
