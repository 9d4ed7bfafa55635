import Dataflow
import Files
import PipelineFiles
import Texts

/// The files that a pipeline names and that are missing, or of the wrong kind.
struct MissingFiles {
    /// A sentence for each, with its location in the pipeline file.
    let mistakes: [PipelineFileError]

    /// Looks at the files that a pipeline names.
    init(_ pipeline: Pipeline) {
        var mistakes: [PipelineFileError] = []
        var seen: Set<ExternalSource> = []
        var texts = SourceLines()
        for stage in pipeline.stages {
            func look(at source: ExternalSource, _ what: String) {
                guard seen.insert(source).inserted, let trouble = Self.trouble(source) else { return }
                let location = stage.location ?? SourceLocation(file: "", line: 0, column: 0)
                mistakes.append(
                    PipelineFileError(
                        location: location, message: "\(what) of '\(stage.id)': \(trouble)",
                        line: texts.line(at: location)))
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

    /// Looks at the files that are named in a pipeline file with mistakes.
    init(_ files: [PipelineFileErrors.NamedFile]) {
        var seen: Set<ExternalSource> = []
        mistakes = files.compactMap { file in
            guard seen.insert(file.source).inserted, let trouble = Self.trouble(file.source) else {
                return nil
            }
            return PipelineFileError(
                location: file.location, message: "\(file.what): \(trouble)", line: file.line)
        }
    }

    /// The lines of pipeline files.
    private struct SourceLines {
        private var lines: [String: [String]] = [:]

        mutating func line(at location: SourceLocation) -> String {
            let known =
                lines[location.file]
                ?? ((try? FileContents.readText(FilePath(location.file), limit: Session.largestFile)) ?? "")
                .parts(between: "\n")
            lines[location.file] = known
            return location.line > 0 && location.line <= known.count ? known[location.line - 1] : ""
        }
    }

    private static func troubleOfMatches(_ text: String) -> String? {
        do {
            return try PathPattern(text).matches().isEmpty ? "no file matches '\(text)'" : nil
        } catch let error as FileError where error.isMissing {
            return "no file matches '\(text)': there is no folder \(error.path)"
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
