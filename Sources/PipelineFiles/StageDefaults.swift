import Dataflow
import StageSchemas
import Texts
import YAML

/// `defaults:`, which apply to all stages of a file that do not override them.
struct StageDefaults {
    private var fields: [Node.Entry] = []

    static let keys = [
        "resources", "retries", "shell", "environment", "secrets", "executor", "slurm", "confined", "network",
        "reads", "allow",
    ]
    /// Those that only commands have.
    private static let ofCommands = ["shell", "environment", "reads"]
    /// Those that may also be at the top of the file.
    private static let ofFiles = ["shell", "executor", "slurm"]

    /// The defaults of a file; mistakes are added to `diagnostics`, even if no stage uses them.
    init(_ node: Node?, besides top: [Node.Entry], _ scope: Scope, _ diagnostics: inout Diagnostics) {
        for entry in StageDeclaration.entries(node, "defaults", &diagnostics) {
            guard Self.keys.contains(entry.key) else {
                diagnostics.add(
                    "defaults: unknown key '\(entry.key)'"
                        + (didYouMean(entry.key, among: Self.keys)
                            ?? "; it has " + Self.keys.joined(separator: ", ")),
                    at: entry.mark)
                continue
            }
            if Self.ofFiles.contains(entry.key), top.contains(where: { $0.key == entry.key }) {
                diagnostics.add(
                    "\(entry.key): is also at the top of the file; remove one of the two", at: entry.mark)
                continue
            }
            fields.append(entry)
        }
        check(scope, &diagnostics)
    }

    private func check(_ scope: Scope, _ diagnostics: inout Diagnostics) {
        for field in fields {
            switch field.key {
            case "resources":
                let entries = StageDeclaration.entries(field.value, "resources", &diagnostics)
                _ = Stage.Resources.parse(entries, scope, &diagnostics)
            case "retries": _ = Retries.parse(field.value, scope, &diagnostics)
            case "environment", "secrets":
                if case .sequence = field.value.content { continue }
                diagnostics.add("\(field.key): expected a list", at: field.value.mark)
            default: break
            }
        }
        _ = Stage.Permissions.parse(permissions, scope, &diagnostics)
    }

    private var permissions: [Node.Entry] { fields.filter { Stage.Permissions.keys.contains($0.key) } }

    /// Where stages run.
    var placement: [Node.Entry] { fields.filter { Placement.keys.contains($0.key) } }

    subscript(_ name: String) -> Node? { fields.first { $0.key == name }?.value }

    /// A stage's fields, completed by the defaults; maps are completed entry by entry.
    func completing(_ own: [Node.Entry], _ scope: Scope) -> [Node.Entry] {
        guard !fields.isEmpty else { return own }
        let isCommand = own.contains { $0.key == "run" }
        // What a stage may reach means nothing if it is not confined.
        let isUnconfined = own.contains { $0.key == "confined" && scope.isFalse($0.value) }
        var result = own
        for field in fields where !Self.ofFiles.contains(field.key) {
            if !isCommand, Self.ofCommands.contains(field.key) { continue }
            if isUnconfined, Stage.Permissions.keys.contains(field.key) { continue }
            guard let position = result.firstIndex(where: { $0.key == field.key }) else {
                result.append(field)
                continue
            }
            guard case .mapping(let entries) = result[position].value.content,
                case .mapping(let standard) = field.value.content, field.key != "retries"
            else { continue }
            let missing = standard.filter { entry in !entries.contains { $0.key == entry.key } }
            let value = Node(content: .mapping(entries + missing), mark: result[position].value.mark)
            result[position] = Node.Entry(key: field.key, mark: result[position].mark, value: value)
        }
        return result
    }
}

extension Scope {
    /// True if a node is `false`.
    fileprivate func isFalse(_ node: Node) -> Bool {
        guard case .scalar(let text, let isPlain) = node.content else { return false }
        guard let template = try? Template.parse(text).get(), template.onlyPlaceholder != nil else {
            return Value(Scalar(text, isPlain: isPlain)) == .boolean(false)
        }
        return (try? value(of: template).get()) == .boolean(false)
    }
}
