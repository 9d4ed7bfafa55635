import ArtifactStore
import Dataflow
import Digests
import Files
import PipelineFiles
import StageKit
import StageSchemas
import Texts

extension Session {
    /// The maximum size of a pipeline file.
    private static let largestFile = 64 << 20

    /// Reads a pipeline file, applying the `--set` assignments.
    ///
    /// - Throws: `CommandFailure` with all mistakes.
    func loadPipeline(_ file: String, settings: [String]) throws -> PipelineFile.Loaded {
        let overrides = try settings.map { assignment in
            guard let override = Override(assignment) else {
                throw CommandFailure.usage("--set takes NAME=VALUE, not '\(assignment)'")
            }
            return override
        }
        let text = try Self.pipelineText(FilePath(file))
        do {
            return try PipelineFile.load(
                text: text, file: file, schemas: kinds.schemas, fingerprints: fingerprints,
                overrides: overrides, hiding: hiddenEntries)
        } catch {
            let count = Amounts.count(error.errors.count, "mistake")
            throw CommandFailure.usage(
                "\(count) in \(file)\n\(error)",
                mistakes: error.errors.map { Mistake(location: $0.location, message: $0.message) })
        }
    }

    /// What no pattern for files matches: the store, and what pipelines publish.
    var hiddenEntries: HiddenEntries {
        HiddenEntries(ArtifactStore.ownPaths(ofStore: storePath) + [Session.publicationFolder])
    }

    /// The text of a pipeline file, which is UTF-8.
    private static func pipelineText(_ path: FilePath) throws -> String {
        let bytes: [UInt8]
        do {
            bytes = try FileContents.read(path, limit: largestFile)
        } catch {
            throw CommandFailure.usage("cannot read the pipeline: \(error)")
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
