import Dataflow
import Files

/// The files that a pipeline names and that are missing, or of the wrong kind.
struct MissingFiles {
    /// A sentence for each, with the stage's location in the pipeline file.
    let mistakes: [Mistake]

    init(_ pipeline: Pipeline) {
        var mistakes: [Mistake] = []
        var seen: Set<ExternalSource> = []
        for stage in pipeline.stages {
            func look(at source: ExternalSource, _ what: String) {
                guard seen.insert(source).inserted, let trouble = Self.trouble(source) else { return }
                mistakes.append(
                    Mistake(location: stage.location, message: "\(what) of '\(stage.id)': \(trouble)"))
            }
            for input in stage.inputs {
                if case .external(let source) = input.source { look(at: source, "the input '\(input.name)'") }
            }
            if case .command(let command) = stage.work {
                for source in command.code { look(at: source, "the code file") }
            }
        }
        self.mistakes = mistakes
    }

    /// The mistakes, a line each.
    var text: String {
        mistakes.map { mistake in (mistake.location.map { "\($0): " } ?? "") + mistake.message }
            .joined(separator: "\n")
    }

    private static func troubleOfMatches(_ text: String) -> String? {
        do {
            return try PathPattern(text).matches().isEmpty ? "no file matches '\(text)'" : nil
        } catch {
            return "\(error)"
        }
    }

    private static func trouble(_ source: ExternalSource) -> String? {
        if source.shape == .matches { return troubleOfMatches(source.path) }
        do {
            switch (source.shape, try FileStatus(of: FilePath(source.path)).kind) {
            case (.file, .file), (.directory, .directory), (.any, .file), (.any, .directory): return nil
            case (.file, _): return "\(source.path) is not a file"
            case (.directory, _): return "\(source.path) is not a directory"
            case (.any, _), (.matches, _): return "\(source.path) is neither a file nor a directory"
            }
        } catch {
            return error.isMissing ? "\(source.path) does not exist" : "\(error)"
        }
    }
}
