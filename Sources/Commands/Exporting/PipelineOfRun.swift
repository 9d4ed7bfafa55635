import ArtifactStore
import Dataflow
import Files
import PipelineFiles
import StageSchemas
import Texts

/// The files of a run's pipeline, if they still describe that run.
struct PipelineOfRun {
    /// The pipeline file, those that it includes, and those with values of its parameters.
    let sources: [ResearchCrate.Source]
    private let pipeline: Pipeline

    /// - Throws: `CommandFailure` if the file is gone or has changed.
    init(_ provenance: RunProvenance, _ session: Session) throws {
        let run = provenance.run
        let loaded: Pipeline
        var files = [File(path: run.file, use: .main)]
        do {
            let included = PathList()
            loaded = try session.known(session.loadPipeline(of: run, noting: included).pipeline)
            files += included.all.map { File(path: $0, use: .included) }
        } catch {
            throw CommandFailure.usage(
                "the pipeline file of run \(run.id) is needed, but \(run.file) can no longer be read: \(error)"
            )
        }
        do {
            files += try Self.parameterFiles(of: run, session).map { File(path: $0, use: .parameters) }
            sources = try Self.sources(files)
        } catch {
            throw CommandFailure.usage(
                "the pipeline's files cannot be added to the crate of run \(run.id): \(error)")
        }
        let works = Dictionary(loaded.stages.map { ($0.id.description, $0) }) { first, _ in first }
        for activity in provenance.known {
            guard let work = activity.work else { continue }
            guard loaded.name == run.pipeline, let stage = works[activity.stage], stage.does(work) else {
                throw CommandFailure.usage(
                    "\(run.file) has changed since run \(run.id): '\(activity.stage)' is different. "
                        + "Run the pipeline again, or restore the file.")
            }
        }
        pipeline = loaded
    }

    /// A file of the pipeline.
    private struct File {
        let path: String
        let use: ResearchCrate.Source.Use
    }

    /// The files of `--params`, if they give the parameters that the run had.
    private static func parameterFiles(of run: RunRecord, _ session: Session) throws -> [String] {
        let files = values(of: "--params", in: run.arguments)
        guard !files.isEmpty else { return [] }
        let settings = ParameterSettings(assignments: values(of: "--set", in: run.arguments), files: files)
        let parameters = try session.loadPipeline(run.file, settings: settings).pipeline.parameters
        // A combination of a sweep sets its own values.
        let varied = Set(
            values(of: "--vary", in: run.arguments).map {
                $0.parts(between: "=")[0].parts(between: ".")[0]
            })
        let isSame = parameters.allSatisfy { name, value in
            varied.contains(name) || run.parameters[name] == value
        }
        guard isSame else {
            throw CommandFailure.usage(
                "the values in \(files.joined(separator: ", ")) are no longer those of the run")
        }
        return files.map { session.path($0).text }
    }

    /// The values of an option on a command line.
    private static func values(of option: String, in arguments: [String]) -> [String] {
        arguments.indices.compactMap { index in
            if arguments[index].hasSameBytes(as: option) {
                return arguments.indices.contains(index + 1) ? arguments[index + 1] : nil
            }
            let prefix = option + "="
            guard arguments[index].beginsWith(prefix) else { return nil }
            return String(arguments[index].utf8.dropFirst(prefix.utf8.count))
        }
    }

    /// The files with their texts, relative to the nearest folder that has all of them, so that they find each other in a crate.
    private static func sources(_ files: [File]) throws -> [ResearchCrate.Source] {
        let parts = files.map { Self.parts(of: FilePath($0.path)) }
        var depth = parts.map { $0.count - 1 }.min() ?? 0
        for path in parts {
            depth = zip(parts[0].prefix(depth), path).prefix { $0.hasSameBytes(as: $1) }.count
        }
        var sources: [ResearchCrate.Source] = []
        for (file, path) in zip(files, parts) {
            let path = path.dropFirst(depth).joined(separator: "/")
            guard !sources.contains(where: { $0.path.hasSameBytes(as: path) }) else { continue }
            let text = try FileContents.readText(FilePath(file.path), limit: 64 << 20)
            sources.append(ResearchCrate.Source(path: path, use: file.use, text: text))
        }
        return sources
    }

    /// The components of a path from the root, without `.` and `..`.
    private static func parts(of path: FilePath) -> [String] {
        var result: [String] = []
        let whole = path.resolved(against: FileSystem.workingDirectory())
        for part in whole.text.parts(between: "/", omitsEmpty: true) where part != "." {
            if part == ".." { _ = result.popLast() } else { result.append(part) }
        }
        return result
    }

    /// What the pipeline publishes; if it publishes nothing, the outputs that no stage reads.
    func results(_ provenance: RunProvenance) -> [ResearchCrate.Result] {
        let published = pipeline.publications.compactMap { publication -> ResearchCrate.Result? in
            let stage = publication.source.stage.description
            guard let activity = provenance.known.first(where: { $0.stage.hasSameBytes(as: stage) }),
                let output = activity.outputs.first(where: { $0.name == publication.source.output })
            else { return nil }
            return ResearchCrate.Result(
                path: "results/" + publication.fileName, origin: stage + "." + output.name,
                artifact: output.artifact)
        }
        guard published.isEmpty else { return published }
        let read = Set(provenance.known.flatMap(\.inputs).map(\.digest))
        return provenance.known.flatMap { activity in
            activity.outputs.filter { !read.contains($0.artifact.digest) }.map { output in
                ResearchCrate.Result(
                    path: "results/" + StageID.fileName(of: activity.stage) + "/" + output.name,
                    origin: activity.stage + "." + output.name, artifact: output.artifact)
            }
        }
    }
}
