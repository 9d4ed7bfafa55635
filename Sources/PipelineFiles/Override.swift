public import StageSchemas
internal import Texts
internal import YAML

/// A parameter's value from the command line: `--set a.b=v`.
public struct Override: Sendable {
    /// The parameter's dotted name.
    public let path: String
    /// The value.
    public let value: Value
    /// The value as typed.
    let text: String

    /// The override in `assignment` (`name=value`, the value in YAML), or nil if it is malformed.
    public init?(_ assignment: String) {
        guard let equals = assignment.firstPlace(of: "="), equals != assignment.startIndex else { return nil }
        path = String(assignment[..<equals])
        text = String(assignment.behind(equals))
        guard let node = try? YAMLDocument.parse(text) else {
            value = .string(text)
            return
        }
        var diagnostics = Diagnostics(file: "", text: text)
        let parsed = Scope().value(of: node, &diagnostics)
        value = diagnostics.errors.isEmpty ? parsed : .string(text)
    }
}
