import ArtifactStore
import Dataflow
import Digests
import Files
import PipelineFiles
import StageKit
import StageSchemas
import Synchronization
import Texts

/// Paths in the order in which they were added, each once.
final class PathList: Sendable {
    private let paths = Mutex<[String]>([])

    var all: [String] { paths.withLock { $0 } }

    func add(_ path: String) {
        paths.withLock { if !$0.contains(path) { $0.append(path) } }
    }
}

extension Session {
    /// The maximum size of a pipeline file.
    static let largestFile = 64 << 20

    /// Reads a pipeline file, with the parameters from the command line.
    ///
    /// - Parameters:
    ///   - varied: assignments of a sweep.
    ///   - paths: collects the paths of the files that it includes, even if there are mistakes.
    ///   - files: collects all files that are read.
    ///   - looksAtFiles: true to report missing files along with other mistakes.
    /// - Throws: `CommandFailure` with all mistakes.
    func loadPipeline(
        _ file: String, settings: ParameterSettings = ParameterSettings(), varied: [String] = [],
        noting paths: PathList? = nil, remembering files: ReadFiles? = nil, looksAtFiles: Bool = false
    ) throws -> PipelineFile.Loaded {
        let overrides =
            try settings.assignments.map { try Self.override($0, option: "--set") }
            + varied.map { try Self.override($0, option: "--vary") }
        let parameterFiles = try settings.files.map { name in
            let path = path(name)
            return PipelineFile.TextFile(
                path: path.text, text: try Self.text(of: path, as: "the parameters", files))
        }
        let text = try Self.text(of: FilePath(file), as: "the pipeline", files)
        do {
            return try PipelineFile.load(
                text: text, file: file, schemas: kinds.schemas, fingerprints: fingerprints,
                parameterFiles: parameterFiles, overrides: overrides, hiding: hiddenEntries,
                reading: { path in
                    paths?.add(path)
                    return try Self.includedText(path, files)
                })
        } catch {
            let missing = looksAtFiles ? MissingFiles(error.files).mistakes : []
            throw Self.failure(error.errors + missing, file)
        }
    }

    /// Reads the pipeline file of a run, with the run's parameters as far as the file still has them.
    func loadPipeline(of run: RunRecord, noting paths: PathList? = nil) throws -> PipelineFile.Loaded {
        let values = run.parameters.map { "\($0.key)=\($0.value.json)" }.sorted { $0.precedesByBytes($1) }
        let settings = ParameterSettings(assignments: values)
        if let loaded = try? loadPipeline(run.file, settings: settings, noting: paths) { return loaded }
        return try loadPipeline(run.file, noting: paths)
    }

    /// The outline of a pipeline file, whether or not it can be run.
    func outline(of file: String) throws -> PipelineOutline {
        let path = path(file)
        let text = try Self.text(of: path, as: "the pipeline")
        do {
            return try PipelineOutline(text: text, file: path.text) { try Self.includedText($0) }
        } catch {
            throw Self.failure(error.errors, path.text)
        }
    }

    /// All mistakes of a pipeline file.
    static func failure(_ errors: [PipelineFileError], _ file: String) -> CommandFailure {
        .usage(
            "\(Amounts.count(errors.count, "mistake")) in \(file)\n"
                + errors.map(\.description).joined(separator: "\n"),
            mistakes: errors.map { Mistake(location: $0.location, message: $0.message) })
    }

    private static func override(_ assignment: String, option: String) throws -> Override {
        guard let override = Override(assignment, option: option) else {
            throw CommandFailure.usage("\(option) takes NAME=VALUE, not '\(assignment)'")
        }
        return override
    }

    /// The text of a file that another includes.
    private static func includedText(_ path: String, _ files: ReadFiles? = nil) throws -> String {
        do {
            return try text(of: FilePath(path), as: "the file", files)
        } catch let failure as CommandFailure {
            throw PipelineFile.Unreadable(failure.message)
        }
    }

    /// What file patterns never match: the store, and what pipelines publish.
    var hiddenEntries: HiddenEntries {
        HiddenEntries(ArtifactStore.ownPaths(ofStore: storePath) + [Session.publicationFolder])
    }

    /// The text of a file, which is UTF-8.
    private static func text(
        of path: FilePath, as what: String, _ files: ReadFiles? = nil
    ) throws -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(path, limit: largestFile)
            files?.add(path.text, bytes)
        } catch {
            throw CommandFailure.usage("cannot read \(what): \(error)")
        }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw CommandFailure.usage("\(path) is UTF-16; save it as UTF-8")
        }
        if let place = invalidUTF8(bytes) {
            throw CommandFailure.usage("\(path) is not valid UTF-8 at byte \(place); save it as UTF-8")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The digests of the kinds' sources, by name.
    private var fingerprints: [String: Digest] {
        let kinds = kinds
        var fingerprints: [String: Digest] = [:]
        for schema in kinds.schemas {
            fingerprints[schema.name] = kinds.fingerprint(of: schema.name).flatMap {
                Digest(hexadecimal: $0)
            }
        }
        return fingerprints
    }

    /// The pipeline file to use: the named one, that of the latest run, or the only one in `Pipelines/`.
    func pipelineFile(named name: String?) throws -> String {
        if let name { return path(name).text }
        if let latest = try? existingStore()?.catalog.runs(limit: 1).first,
            FileSystem.exists(FilePath(latest.file))
        {
            return latest.file
        }
        let names = (try? FileSystem.names(in: "Pipelines")) ?? []
        let files = names.filter { $0.endsWith(".yaml") || $0.endsWith(".yml") }
        if files.count == 1, let file = files.first { return "Pipelines/" + file }
        throw CommandFailure.usage("name a pipeline file, such as Pipelines/preference.yaml")
    }
}
