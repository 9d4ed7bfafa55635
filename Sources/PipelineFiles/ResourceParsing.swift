import Dataflow
import StageSchemas
import Texts
import YAML

extension Stage.Resources {
    /// The resources of `cpus: 2`, `memory: 4GiB`, `gpus: 1`, `disk: 10GiB`, `time: 1h30m`.
    static func parse(
        _ entries: [Node.Entry], _ scope: Scope, _ diagnostics: inout Diagnostics
    ) -> Stage.Resources {
        var resources = Stage.Resources()
        for entry in entries {
            let value = scope.value(of: entry.value, &diagnostics)
            let mark = entry.value.mark
            switch entry.key {
            case "cpus":
                guard case .integer(let count) = value, (1...4096).contains(count) else {
                    diagnostics.add("cpus: expected an integer of at least 1", at: mark)
                    continue
                }
                resources.cpus = count
            case "gpus":
                guard case .integer(let count) = value, (0...4096).contains(count) else {
                    diagnostics.add("gpus: expected an integer of at least 0", at: mark)
                    continue
                }
                resources.gpus = count
            case "memory", "disk":
                guard let bytes = bytes(value) else {
                    diagnostics.add(
                        "\(entry.key): expected bytes, or text such as 500MB or 4GiB", at: mark)
                    continue
                }
                if entry.key == "disk" { resources.disk = bytes } else { resources.memory = bytes }
            case "time":
                guard let time = duration(value) else {
                    diagnostics.add("time: expected seconds, or text such as 90s, 2h or 1h30m", at: mark)
                    continue
                }
                resources.time = time
            default:
                if let count = other(entry, value, &diagnostics) { resources.others[entry.key] = count }
            }
        }
        return resources
    }

    /// The available amounts of custom resources: `resources:` at the top of the file.
    static func others(_ node: Node?, _ scope: Scope, _ diagnostics: inout Diagnostics) -> [String: Int] {
        var others: [String: Int] = [:]
        for entry in StageDeclaration.entries(node, "resources", &diagnostics) {
            let value = scope.value(of: entry.value, &diagnostics)
            if known.contains(entry.key) {
                diagnostics.add(
                    "resources: '\(entry.key)' is the machine's; only custom resources are listed here",
                    at: entry.mark)
            } else if let count = other(entry, value, &diagnostics) {
                others[entry.key] = count
            }
        }
        return others
    }

    private static let known = ["cpus", "memory", "gpus", "disk", "time"]

    private static func other(_ entry: Node.Entry, _ value: Value, _ diagnostics: inout Diagnostics) -> Int? {
        // A typo must not become a custom resource.
        guard StageDeclaration.isName(entry.key), didYouMean(entry.key, among: known) == nil else {
            diagnostics.add(
                "unknown resource '\(entry.key)'"
                    + (didYouMean(entry.key, among: known) ?? "; a name has letters, digits, '_' and '-'"),
                at: entry.mark)
            return nil
        }
        guard case .integer(let count) = value, (0...1_000_000).contains(count) else {
            diagnostics.add("\(entry.key): expected an integer of at least 0", at: entry.value.mark)
            return nil
        }
        return count
    }

    private static func bytes(_ value: Value) -> Int? {
        if case .integer(let bytes) = value { return bytes > 0 ? bytes : nil }
        guard case .string(let text) = value else { return nil }
        let units: [(String, Double)] = [
            ("KiB", 1024), ("MiB", 1_048_576), ("GiB", 1_073_741_824), ("TiB", 1_099_511_627_776),
            ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("TB", 1e12), ("B", 1),
        ]
        for (unit, factor) in units where text.hasSuffix(unit) {
            let number = text.dropLast(unit.count).filter { $0 != " " }
            guard let amount = Double(number), amount > 0, amount * factor < 9e18 else { return nil }
            return Int(amount * factor)
        }
        return nil
    }

    private static func duration(_ value: Value) -> Duration? {
        switch value {
        case .integer(let seconds): return seconds > 0 ? .seconds(seconds) : nil
        case .number(let seconds): return seconds > 0 ? .seconds(seconds) : nil
        case .string(let text):
            var total = 0.0
            var number = ""
            for character in text where character != " " {
                if character.isNumber || character == "." {
                    number.append(character)
                    continue
                }
                let factors: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
                guard let factor = factors[character], let amount = Double(number) else { return nil }
                total += amount * factor
                number = ""
            }
            guard number.isEmpty, total > 0 else { return nil }
            return .seconds(total)
        default: return nil
        }
    }
}
