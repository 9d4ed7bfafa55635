import ArtifactStore
import Dataflow
import PipelineFiles
import StageKit
import StageSchemas
import Texts

/// Completes an unfinished command line. Never fails: if something cannot be read, there are no candidates.
struct Candidates {
    private let words: [String]
    private let session: Session

    /// The most candidates of a kind.
    private static let limit = 2000

    /// - Parameter words: the words after the program's name; the last is unfinished and may be empty.
    init(_ words: [String], _ session: Session) {
        self.words = words.isEmpty ? [""] : words
        self.session = session
    }

    /// The candidates that begin with the unfinished word; none if a file name is expected.
    var all: [String] {
        let unfinished = words[words.count - 1]
        let finished = Array(words.dropLast())
        let visible = CommandLineTool.commands.filter { !$0.isHidden }
        if finished.last == "--color" { return matching(["always", "auto", "never"], unfinished) }
        guard let (command, rest) = try? CommandLineTool.command(for: finished), !finished.isEmpty else {
            return matching(Self.nextWords(of: visible.map(\.name), after: finished), unfinished)
        }
        var found = rest.isEmpty ? Self.nextWords(of: visible.map(\.name), after: finished) : []
        if let option = rest.last, let placeholder = command.placeholder(option) {
            return matching(values(of: option, placeholder, rest), unfinished)
        }
        if unfinished.hasPrefix("-") {
            found += command.optionNames() + ["--color"]
        } else {
            found += operands(command, rest)
        }
        return matching(found, unfinished)
    }

    /// The words that follow `words` in names of several words.
    private static func nextWords(of names: [String], after words: [String]) -> [String] {
        names.compactMap { name in
            let parts = name.parts(between: " ")
            return parts.count > words.count && Array(parts.prefix(words.count)) == words
                ? parts[words.count] : nil
        }
    }

    private func matching(_ candidates: [String], _ word: String) -> [String] {
        let wanted = Array(word.utf8)
        let found = Set(
            candidates.filter { $0.utf8.starts(with: wanted) && !$0.utf8.contains(UInt8(ascii: "\n")) })
        return Array(found.sorted { $0.precedesByBytes($1) }.prefix(Self.limit))
    }

    private func operands(_ command: AnyCommand, _ rest: [String]) -> [String] {
        let operands = rest.filter { !$0.hasPrefix("-") }
        let placeholders = command.operandNames()
        guard !placeholders.isEmpty else { return [] }
        switch placeholders[min(operands.count, placeholders.count - 1)] {
        case "STAGE": return stages(operands.first)
        case "ARTIFACT": return artifacts
        case "KIND": return session.kinds.schemas.map(\.name)
        case "RUN": return runs
        case "SHELL": return CompletionCommand.Shell.allCases.map(\.rawValue)
        case "COMMAND":
            let names = CommandLineTool.commands.filter { !$0.isHidden }.map(\.name)
            return Self.nextWords(of: names, after: operands)
        default: return []
        }
    }

    /// The values that an option can have, as far as they are known; none if it takes a file, which the shell completes.
    private func values(of option: String, _ placeholder: String, _ rest: [String]) -> [String] {
        let word = rest.first { Self.isFile($0) }
        switch option {
        case "--tag": return outline(word)?.stages.flatMap(\.tags) ?? []
        case "--set", "--vary": return outline(word)?.parameters.map { $0.name + "=" } ?? []
        case "--artifact": return artifacts
        case "--run": return placeholder == "N" ? latestRuns.map { String($0.id.number) } : runs
        case "--pipeline": return Array(Set(latestRuns.map(\.pipeline)))
        case "--sort", "--metric", "--rank-by": return metrics
        default: return placeholder.contains("|") ? placeholder.parts(between: "|") : []
        }
    }

    private static func isFile(_ word: String) -> Bool { word.hasSuffix(".yaml") || word.hasSuffix(".yml") }

    private func outline(_ word: String?) -> PipelineOutline? {
        guard let file = try? session.pipelineFile(named: word) else { return nil }
        return try? session.outline(of: file)
    }

    /// The stages of the pipeline file that the command line names, or of that of the latest run.
    private func stages(_ word: String?) -> [String] {
        let isFile = word.map { Self.isFile($0) } ?? false
        guard let file = try? session.pipelineFile(named: isFile ? word : nil),
            let pipeline = try? session.loadPipeline(file).pipeline
        else { return outline(isFile ? word : nil)?.stages.map(\.name) ?? [] }
        return pipeline.stages.prefix(Self.limit).flatMap { [$0.id.name, $0.id.description] }
            + pipeline.tags.map { "tag:" + $0 }
    }

    private var artifacts: [String] {
        let records = (try? session.existingStore()?.catalog.artifacts(limit: Self.limit)) ?? []
        return records.flatMap(\.producers).flatMap { producer in
            producer.stages.flatMap { stage in
                let bytes = stage.utf8
                let name =
                    bytes.firstIndex(of: UInt8(ascii: ":")).map { String(stage[bytes.index(after: $0)...]) }
                    ?? stage
                return [name + "." + producer.output, stage + "." + producer.output]
            }
        }
    }

    private var latestRuns: [RunRecord] { (try? session.existingStore()?.catalog.runs(limit: 200)) ?? [] }

    /// The metrics of the latest run that has some.
    private var metrics: [String] {
        guard let catalog = try? session.existingStore()?.catalog else { return [] }
        for run in latestRuns.prefix(20) {
            guard let found = try? catalog.metrics(of: run.id), !found.isEmpty else { continue }
            return found.flatMap { stage, metrics in metrics.keys.map { stage + "." + $0 } }
        }
        return []
    }

    private var runs: [String] {
        let runs = latestRuns
        return runs.map { String($0.id.number) } + runs.compactMap(\.name)
    }
}
