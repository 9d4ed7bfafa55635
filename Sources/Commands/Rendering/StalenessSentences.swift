import Dataflow
import Digests
import StageSchemas

extension Staleness {
    /// The reason in a few words, for lists: "parameter folds: 5 → 3".
    var phrase: String {
        switch self {
        case .neverRan: "never ran"
        case .kindChanged(let from, let to): "kind: \(from) → \(to)"
        case .parametersChanged(let name, let from, let to):
            "parameter \(name): \(Self.short(from)) → \(Self.short(to))"
        case .inputChanged(let name, _, _): "input \(name) changed"
        case .codeChanged: "code changed"
        case .commandChanged: "command changed"
        case .environmentChanged(let name, nil, nil): "environment \(name): declared or no longer declared"
        case .environmentChanged(let name, let from, let to):
            "environment \(name): \(from.map { "'\($0)'" } ?? "unset") → \(to.map { "'\($0)'" } ?? "unset")"
        case .discoveredInputChanged(let name, _, _):
            "\(name), which the command read, changed".escapedForDisplay
        case .notObserved: "what it read is unknown"
        case .forced: "forced"
        case .always: "always: true"
        case .executabilityChanged(let name, let isExecutable):
            "input \(name) is \(isExecutable ? "now" : "no longer") executable"
        case .outputMissing(let name): "output \(name) is missing"
        }
    }

    /// The reason in sentences, with old and new values.
    var sentences: String {
        switch self {
        case .neverRan: return "No earlier result of this stage is known."
        case .kindChanged(let from, let to): return "Its kind was '\(from)' and is now '\(to)'."
        case .parametersChanged(let name, let from?, let to?):
            return "The parameter '\(name)' was \(Self.long(from)) and is now \(Self.long(to))."
        case .parametersChanged(let name, nil, let to):
            return "The parameter '\(name)' is new: \(to.map(Self.long) ?? "null")."
        case .parametersChanged(let name, let from, nil):
            return "The parameter '\(name)', which was \(from.map(Self.long) ?? "null"), was removed."
        case .inputChanged(let name, let from?, let to?):
            return "The content of the input '\(name)' has changed: "
                + "it was \(from.abbreviated) and is now \(to.abbreviated)."
        case .inputChanged(let name, nil, let to):
            return "The input '\(name)' is new" + (to.map { ": \($0.abbreviated)." } ?? ".")
        case .inputChanged(let name, let from, nil):
            return "The input '\(name)' was removed" + (from.map { "; it was \($0.abbreviated)." } ?? ".")
        case .codeChanged: return "Its code has changed."
        case .commandChanged(let from, let to):
            // Without the end of the last line, in which commands may differ, too.
            let hasLines = [from, to].contains { $0.utf8.dropLast().contains(UInt8(ascii: "\n")) }
            if hasLines, let lines = Self.differingLines(from, to) {
                return "Its command has changed:\n" + lines
            }
            return
                "Its command has changed.\n  was: \(from.escapedForDisplay)\n  now: \(to.escapedForDisplay)"
        case .environmentChanged(let name, nil, nil):
            return
                "The environment variable \(name), which is unset, is newly declared or no longer declared."
        case .environmentChanged(let name, let from, let to):
            func value(_ text: String?) -> String { text.map { "'\($0.escapedForDisplay)'" } ?? "unset" }
            return "The environment variable \(name) was \(value(from)) and is now \(value(to))."
        case .discoveredInputChanged(let name, let from, let to):
            return "\(name), which the command read, has changed: it was \(from) and is now \(to)."
                .escapedForDisplay
        case .notObserved:
            return
                "Its latest result is from an unconfined run, which does not record what was read: it counts only in unconfined runs."
        case .forced: return "It is forced with --force."
        case .always: return "It runs in every run, because of always: true."
        case .executabilityChanged(let name, let isExecutable):
            return
                "The file of the input '\(name)' is \(isExecutable ? "now" : "no longer") executable."
        case .outputMissing(let name):
            return "Its output '\(name)' is missing from the store."
        }
    }

    /// The lines in which two commands differ, with those around them; nil if only the end of the last line differs.
    private static func differingLines(_ before: String, _ after: String) -> String? {
        let limit = 40
        let lines = TextComparison(Array(before.utf8), Array(after.utf8)).unified.dropFirst()
        guard !lines.isEmpty else { return nil }
        var shown = lines.prefix(limit).map { $0.hasPrefix("@@ ") ? "…" : $0.escapedForDisplay }
        if lines.count > limit { shown.append("… and \(lines.count - limit) more lines") }
        return shown.map { "    " + $0 }.joined(separator: "\n")
    }

    private static func short(_ value: Value?) -> String {
        guard let value else { return "absent" }
        return value.json.escapedForDisplay.truncated(toWidth: 40)
    }

    private static func long(_ value: Value) -> String {
        value.json.escapedForDisplay.truncated(toWidth: 2000)
    }
}

extension Array where Element == Staleness {
    /// The reasons in a few words each.
    var phrase: String { map(\.phrase).joined(separator: "; ") }

    /// The reasons in a few words each, in which inputs from other pipelines are named in full.
    func phrase(of stage: Stage) -> String {
        map { reason in
            guard case .inputChanged(let name, _, _) = reason, let output = stage.elsewhere(name) else {
                return reason.phrase
            }
            return "input \(name) (\(output)) changed"
        }.joined(separator: "; ")
    }
}

extension Stage {
    /// The output of another pipeline that an input is; nil if it is something else.
    func elsewhere(_ input: String) -> PipelineOutput? {
        for candidate in inputs where candidate.name == input {
            if case .elsewhere(let output) = candidate.source { return output }
        }
        return nil
    }
}
