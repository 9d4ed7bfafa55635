import StageSchemas
import TestSupport

/// The document that a command has printed; the command must have succeeded.
func json(_ outcome: BuiltProgram.Outcome) throws -> Value {
    guard outcome.status == 0 else { throw UnexpectedOutcome(description: outcome.errors) }
    return try Value(json: Array(outcome.output.utf8)).normalized
}

extension Value {
    /// The member of an object; null if there is none.
    subscript(name: String) -> Value {
        guard case .map(let entries) = self else { return .null }
        return entries[name] ?? .null
    }

    /// The elements of a list; empty for anything else.
    var list: [Value] {
        guard case .list(let values) = self else { return [] }
        return values
    }

    /// The members of an object; empty for anything else.
    var members: [String: Value] {
        guard case .map(let entries) = self else { return [:] }
        return entries
    }

    /// A text; empty for anything else.
    var text: String {
        guard case .string(let text) = self else { return "" }
        return text
    }
}
