import Dataflow
import StageSchemas
import Texts
import YAML

extension Placement {
    /// The keys of a stage, and of the file, that say where stages run.
    static let keys = ["executor", "slurm"]

    /// Where a stage runs, as its keys say, or else the file's; mistakes are added to `diagnostics`.
    static func parse(
        _ entries: [Node.Entry], otherwise base: Placement = Placement(), _ scope: Scope,
        _ diagnostics: inout Diagnostics
    ) -> Placement {
        var placement = base
        for entry in entries {
            let mark = entry.value.mark
            if entry.key == "executor" {
                let known = Executor.allCases.map(\.rawValue)
                if case .string(let text) = scope.value(of: entry.value, &diagnostics),
                    let executor = Executor(rawValue: text)
                {
                    placement.executor = executor
                } else {
                    diagnostics.add("executor: expected \(known.joined(separator: " or "))", at: mark)
                }
                continue
            }
            for field in StageDeclaration.entries(entry.value, "slurm", &diagnostics) {
                placement.slurm.set(field, scope, &diagnostics)
            }
        }
        return placement
    }
}

extension SlurmSettings {
    private static let keys = ["partition", "account", "options", "setup", "group"]

    /// The largest number of stages in a job.
    private static let largestGroup = 10_000

    fileprivate mutating func set(_ field: Node.Entry, _ scope: Scope, _ diagnostics: inout Diagnostics) {
        let value = scope.value(of: field.value, &diagnostics)
        let mark = field.value.mark
        switch field.key {
        case "partition", "account":
            guard case .string(let text) = value, Self.isWord(text) else {
                return diagnostics.add("\(field.key): expected a name", at: mark)
            }
            if field.key == "partition" { partition = text } else { account = text }
        case "options":
            guard case .list(let values) = value else {
                return diagnostics.add(
                    "options: expected a list of options of sbatch, such as [--constraint=a100]", at: mark)
            }
            var words: [String] = []
            for value in values {
                guard case .string(let text) = value, text.utf8.starts(with: "--".utf8), Self.isWord(text)
                else {
                    return diagnostics.add(
                        "options: expected an option with its value, such as --constraint=a100, not "
                            + value.description, at: mark)
                }
                if let reason = Self.reasonAgainst(text) { return diagnostics.add(reason, at: mark) }
                words.append(text)
            }
            options = words
        case "setup":
            guard case .string(let text) = value, !text.utf8.contains(0) else {
                return diagnostics.add("setup: expected commands, such as module load cuda", at: mark)
            }
            setup = text
        case "group":
            guard case .integer(let count) = value, (1...Self.largestGroup).contains(count) else {
                return diagnostics.add("group: expected an integer from 1 to \(Self.largestGroup)", at: mark)
            }
            group = count
        default:
            let hint = didYouMean(field.key, among: Self.keys)
            diagnostics.add(
                "slurm: unknown key '\(field.key)'"
                    + (hint ?? "; it has " + Self.keys.joined(separator: ", ")),
                at: field.mark)
        }
    }

    /// Why an option cannot be given: sluice sets it itself, or relies on what it would change.
    private static func reasonAgainst(_ option: String) -> String? {
        let name = option.parts(between: "=")[0]
        switch name {
        case "--cpus-per-task", "--mem", "--time", "--gres":
            return "options: \(name) follows from the stage's resources:"
        case "--partition", "--account":
            return "options: write \(String(name.utf8.dropFirst(2)) ?? name): under slurm: instead"
        case "--array", "--output", "--error", "--requeue", "--no-requeue", "--parsable", "--wrap", "--wait",
            "--job-name", "--ntasks", "--open-mode", "--chdir":
            return "options: \(name) is set by sluice itself"
        default: return nil
        }
    }

    private static func isWord(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F }
    }
}

extension Retries {
    /// The largest factor from one attempt to the next.
    private static let largestFactor = 16.0

    /// `3`, or `{ times: 3, memory: double, time: 1.5 }`; mistakes are added to `diagnostics`.
    static func parse(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) -> Retries {
        var retries = Retries()
        guard case .mapping(let entries) = node.content else {
            retries.times =
                count(scope.value(of: node, &diagnostics), "retries", node.mark, &diagnostics) ?? 0
            return retries
        }
        for entry in entries {
            let value = scope.value(of: entry.value, &diagnostics)
            let mark = entry.value.mark
            switch entry.key {
            case "times": retries.times = count(value, "times", mark, &diagnostics) ?? 0
            case "memory": retries.memoryFactor = factor(value, "memory", mark, &diagnostics) ?? 1
            case "time": retries.timeFactor = factor(value, "time", mark, &diagnostics) ?? 1
            default:
                let hint = didYouMean(entry.key, among: ["times", "memory", "time"])
                diagnostics.add(
                    "retries: unknown key '\(entry.key)'" + (hint ?? "; it has times, memory, time"),
                    at: entry.mark)
            }
        }
        if retries.times == 0, !entries.contains(where: { $0.key == "times" }) {
            diagnostics.add("retries: needs times:, how often the stage is tried again", at: node.mark)
        }
        return retries
    }

    private static func count(
        _ value: Value, _ name: String, _ mark: Mark, _ diagnostics: inout Diagnostics
    ) -> Int? {
        if case .integer(let count) = value, (0...100).contains(count) { return count }
        diagnostics.add("\(name): expected an integer from 0 to 100", at: mark)
        return nil
    }

    private static func factor(
        _ value: Value, _ name: String, _ mark: Mark, _ diagnostics: inout Diagnostics
    ) -> Double? {
        let factor: Double? =
            switch value {
            case .string("double"): 2
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        if let factor, factor >= 1, factor <= largestFactor { return factor }
        diagnostics.add(
            "\(name): expected double, or a factor from 1 to \(Int(largestFactor)), by which it grows each time",
            at: mark)
        return nil
    }
}
