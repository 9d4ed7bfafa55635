import Dataflow
import StageSchemas
import Texts
import YAML

extension Stage.Permissions {
    /// The keys of a stage that say what it may reach.
    static let keys = ["confined", "network", "reads", "allow"]

    /// What a stage may reach, as its keys say; mistakes are added to `diagnostics`.
    static func parse(
        _ entries: [Node.Entry], _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> Stage.Permissions {
        var permissions = Stage.Permissions()
        for entry in entries {
            switch entry.key {
            case "confined": permissions.isConfined = flag(entry, scope, &diagnostics) ?? true
            case "network": permissions.allowsNetwork = flag(entry, scope, &diagnostics) ?? false
            case "reads":
                if case .string(let text) = scope.value(of: entry.value, &diagnostics),
                    let reads = Reads(rawValue: text)
                {
                    permissions.reads = reads
                } else {
                    diagnostics.add("reads: expected discovered or declared", at: entry.value.mark)
                }
            default: permissions.allow(entry.value, scope, &diagnostics)
            }
        }
        if !permissions.isConfined, let other = entries.first(where: { $0.key != "confined" }) {
            diagnostics.add("\(other.key): has no effect on a stage that is not confined", at: other.mark)
        }
        return permissions
    }

    private static func flag(_ entry: Node.Entry, _ scope: Scope, _ diagnostics: inout Diagnostics) -> Bool? {
        if case .boolean(let flag) = scope.value(of: entry.value, &diagnostics) { return flag }
        diagnostics.add("\(entry.key): expected true or false", at: entry.value.mark)
        return nil
    }

    private mutating func allow(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) {
        guard case .mapping(let entries) = node.content else {
            diagnostics.add("allow: expected a map with read: or write:, lists of paths", at: node.mark)
            return
        }
        for entry in entries {
            guard ["read", "write"].contains(entry.key) else {
                diagnostics.add(
                    "allow: unknown key '\(entry.key)'"
                        + (didYouMean(entry.key, among: ["read", "write"]) ?? "; it has read and write"),
                    at: entry.mark)
                continue
            }
            let paths = Self.paths(entry, scope, &diagnostics)
            if entry.key == "read" { readable += paths } else { writable += paths }
        }
    }

    private static func paths(_ entry: Node.Entry, _ scope: Scope, _ diagnostics: inout Diagnostics)
        -> [String]
    {
        guard case .list(let values) = scope.value(of: entry.value, &diagnostics) else {
            diagnostics.add("allow: \(entry.key): expected a list of paths", at: entry.value.mark)
            return []
        }
        return values.compactMap { value in
            guard case .string(let path) = value, !path.isEmpty, !path.utf8.contains(0) else {
                diagnostics.add(
                    "allow: \(entry.key): expected a path, not \(value.json)", at: entry.value.mark)
                return nil
            }
            return path
        }
    }
}
