import Dataflow
import Digests
import StageSchemas
import Texts

/// What `run --verbose` prints about a stage: why it runs, its key and the key's material, the command, and the outputs. Pure.
enum VerboseLines {
    /// The maximum number of lines of a command, and their maximum width.
    private static let maximumLines = 200
    private static let widest = 2000

    static func reasons(_ reasons: [Staleness], _ style: TextStyle) -> [String] {
        reasons.flatMap { row("because", $0.sentences.parts(between: "\n"), style) }
    }

    static func attempt(_ attempt: AttemptDescription, _ style: TextStyle) -> [String] {
        var lines = row("key", ["\(attempt.key)"], style)
        for (name, elements) in attempt.material.inputs.sortedByUTF8() {
            let digests = elements.prefix(4).map(\.digest.abbreviated).joined(separator: ", ")
            let more = elements.count > 4 ? " and \(Amounts.grouped(elements.count - 4)) more" : ""
            lines += row("input", ["\(name): \(digests.isEmpty ? "nothing" : digests)\(more)"], style)
        }
        switch attempt.material.work {
        case .kind(let name, let fingerprint, let parameters):
            lines += row("kind", ["\(name), code \(fingerprint.abbreviated)"], style)
            for (name, value) in parameters.sortedByUTF8() {
                lines += row("with", ["\(name): \(value.json)"], style)
            }
        case .command(let command):
            for (name, value) in command.environment.sortedByUTF8() {
                lines += row("variable", [value.map { "\(name)=\($0)" } ?? "\(name) is unset"], style)
            }
            lines += row(
                "command", command.text.parts(between: "\n").reversed().drop { $0.isEmpty }.reversed(), style)
        }
        if !attempt.arguments.isEmpty {
            lines += row("program", [attempt.arguments.map(\.shellQuoted).joined(separator: " ")], style)
        }
        return lines + row("runs", [place(attempt)], style)
    }

    /// "here, confined, with 2 CPUs and 1.1 GB, in artifacts/work/…".
    private static func place(_ attempt: AttemptDescription) -> String {
        guard !attempt.arguments.isEmpty else { return "as a job of Slurm" }
        let confinement =
            switch attempt.confinement {
            case .confined?: "here, confined"
            case .partly?: "here, confined as far as this kernel can"
            case .unconfined?, nil: "here, not confined"
            }
        var parts = [Amounts.count(attempt.resources.cpus, "CPU")]
        if let memory = attempt.resources.memory { parts.append(Amounts.bytes(memory) + " of memory") }
        if attempt.resources.gpus > 0 { parts.append(Amounts.count(attempt.resources.gpus, "GPU")) }
        for (name, count) in attempt.resources.others.sortedByUTF8() { parts.append("\(name) \(count)") }
        return "\(confinement), with \(parts.joined(separator: ", ")), in \(attempt.folder)"
    }

    static func result(_ result: StageResult, _ style: TextStyle) -> [String] {
        guard let trace = result.trace else { return [] }
        var lines: [String] = []
        for (name, artifact) in trace.outputs.sortedByUTF8() {
            lines += row(
                "output", ["\(name): \(artifact.digest.abbreviated), \(Amounts.bytes(artifact.size))"], style)
        }
        let cost = trace.cost
        return lines
            + row(
                "cost",
                [
                    "\(Amounts.seconds(cost.cpuSeconds)) of CPU time, at most \(Amounts.bytes(cost.peakMemory)) of memory"
                ],
                style)
    }

    /// A label and text, whose further lines are aligned with the first.
    private static func row(_ label: String, _ lines: [String], _ style: TextStyle) -> [String] {
        let shown = lines.prefix(maximumLines).map { $0.escapedForDisplay.truncated(toWidth: widest) }
        let more =
            lines.count > maximumLines
            ? ["and \(Amounts.grouped(lines.count - maximumLines)) lines more"] : []
        return (shown + more).enumerated().map { number, line in
            let name = number == 0 ? label : ""
            return "         " + style.dim(name.padded(toWidth: 9)) + line
        }
    }
}
