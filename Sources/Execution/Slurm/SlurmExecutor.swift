import Confinement
import Dataflow
import Digests
import Files
import JSON
import StageSchemas
import Texts

/// Runs attempts as jobs of Slurm.
///
/// Only the driver uses the store. It puts everything that an attempt needs into a shared folder, a job runs the attempt from
/// there just as this machine would, and the driver takes the outputs from there. The state of jobs is in the shared folder, so
/// that another run finds the attempts of a killed one.
final class SlurmExecutor: Executor {
    private let store: any ArtifactStoring
    private let options: RunOptions
    private let shared: SharedFolder
    private let queue: SlurmQueue
    private let lock: SharedLock
    /// The inputs that are in the shared folder.
    private var placed: Set<Digest> = []
    /// The remaining attempts of other runs, by their keys.
    private var remains: [String: String]
    private let pipeline: String

    /// - Parameter news: called with the indices of stages whose attempts have news, on any thread.
    init(
        store: any ArtifactStoring, options: RunOptions, slurm: RunOptions.Slurm, pipeline: String,
        reporter: any Reporter, news: @escaping @Sendable ([Int]) -> Void
    ) throws {
        self.store = store
        self.options = options
        self.pipeline = pipeline
        shared = SharedFolder(slurm.sharedFolder)
        lock = try SharedLock(shared)
        remains = shared.attempts()
        queue = try SlurmQueue(
            shared: shared, program: options.workerExecutable,
            // If the driver itself runs in a job, that job's variables do not apply to others.
            environment: options.environment.filter { name, _ in
                !name.utf8.starts(with: "SLURM_".utf8) || name == "SLURM_CONF"
            },
            pollInterval: slurm.pollInterval, reporter: reporter, news: news)
    }

    func start(_ attempt: Attempt) throws -> any AttemptProcess {
        let stage = attempt.stage
        let key = attempt.job.key
        let isFresh =
            attempt.number > 1 || attempt.job.expected != nil || attempt.job.losses > 0
            || attempt.job.reasons.contains(.forced)
        let old = remains.removeValue(forKey: key.description).map { shared.job($0) }
        let adopted = isFresh ? nil : old.flatMap { queue.number(of: $0) == nil ? nil : $0 }
        if let old, adopted == nil { try? FileSystem.removeTree(old.folder) }
        let job = adopted ?? shared.job(SharedJob.name(of: key))
        let process = RemoteAttempt(
            index: attempt.job.index, job: job,
            needs: SlurmSubmission.Needs(
                stage: stage.id.name, resources: attempt.resources, settings: stage.placement.slurm),
            targets: Dictionary(
                stage.outputs.map { ($0.name, attempt.path(of: $0)) }, uniquingKeysWith: { first, _ in first }
            ),
            log: attempt.log
        ) { [queue] in queue.cancel($0) }
        if adopted == nil {
            try FileSystem.makeDirectories(job.folder)
            let request = try request(attempt)
            try FileContents.write(JSONRecord.encode(request), to: job.request)
        }
        queue.add(process)
        return process
    }

    func close() {
        queue.close()
        lock.tidy()
    }

    private func request(_ attempt: Attempt) throws -> NodeRequest {
        let stage = attempt.stage
        var upstreams: [StageID: [String: NodeRequest.Object?]] = [:]
        var sources: [String: NodeRequest.Source] = [:]
        for input in stage.inputs {
            let elements = attempt.job.material.inputs[input.name] ?? []
            if case .external(let source) = input.source, let element = elements.first {
                guard source.shape != .matches else {
                    throw NodeTrouble(
                        "its input '\(input.name)' is a pattern for files, which other machines do not read; gather the files "
                            + "in a stage with executor: local")
                }
                sources[source.path] = try Self.source(source, element.digest)
                continue
            }
            for element in elements { try place(element.digest) }
            if case .member = input.source { continue }
            var rest = elements[...]
            let input = input.given(with: elements)
            for reference in input.references {
                // An output that was not written has no element.
                guard let element = rest.first, Self.isElement(element, of: reference, in: input) else {
                    upstreams[reference.stage, default: [:]][reference.output] = .some(nil)
                    continue
                }
                rest = rest.dropFirst()
                upstreams[reference.stage, default: [:]][reference.output] = NodeRequest.Object(
                    Artifact(
                        digest: element.digest, shape: .file, size: 0, isExecutable: element.isExecutable))
            }
        }
        var environment: [String: String?] = [:]
        if case .command(let command) = stage.work, case .command(let material) = attempt.job.material.work {
            for (source, digest) in zip(command.code, material.code) {
                sources[source.path] = try Self.source(source, digest)
            }
            environment = material.environment
        }
        let places = options.confinement?.places ?? options.places
        return NodeRequest(
            key: attempt.job.key.description, pipeline: pipeline,
            stage: stage.once(with: attempt.resources, attempt.job.material.inputs),
            upstreams: upstreams.map { stage, outputs in
                NodeRequest.Upstream(
                    stage: stage, outputs: outputs.compactMapValues { $0 },
                    absent: outputs.filter { $0.value == nil }.keys.sorted { $0.precedesByBytes($1) })
            }, sources: sources,
            environment: environment, isConfined: options.confinement != nil,
            hidden: (places?.hidden.map(\.description) ?? []) + [shared.path.text],
            products: places?.products.map(\.description) ?? [],
            workingDirectory: FileSystem.workingDirectory().text, keptFolder: options.keptFolder?.text)
    }

    /// True if an element belongs to a reference: gathered elements have its coordinates.
    private static func isElement(
        _ element: KeyMaterial.Element, of reference: OutputReference, in input: Stage.Input
    ) -> Bool {
        guard case .gather = input.source else { return true }
        return element.coordinates == reference.stage.coordinateValues
    }

    private static func source(_ source: ExternalSource, _ digest: Digest) throws -> NodeRequest.Source {
        guard source.shape != .matches else {
            return NodeRequest.Source(
                digest: digest.hexadecimal, size: nil, modified: nil, isExecutable: false)
        }
        let status = try FileStatus(of: FilePath(source.path))
        let isFile = status.kind == .file
        return NodeRequest.Source(
            digest: digest.hexadecimal, size: isFile ? status.size : nil,
            modified: isFile ? status.modified : nil, isExecutable: isFile && status.isExecutable)
    }

    /// Puts an artifact into the shared folder, unless it is already there.
    private func place(_ digest: Digest) throws {
        guard placed.insert(digest).inserted else { return }
        let object = shared.object(digest)
        if FileSystem.exists(object) { return }
        try FileSystem.makeDirectories(object.parent)
        let part = FilePath(object.text + ".\(SharedJob.token()).part")
        do {
            try store.artifacts.materialize(digest, at: part)
            try FileSystem.rename(part, to: object)
        } catch {
            try? FileSystem.removeTree(part)
            // Another run may have put it there meanwhile.
            guard FileSystem.exists(object) else {
                placed.remove(digest)
                throw error
            }
        }
    }
}

/// Marks the shared folder as used by a run.
private final class SharedLock {
    private let shared: SharedFolder
    private let file: File

    init(_ shared: SharedFolder) throws {
        self.shared = shared
        file = try shared.open()
    }

    func tidy() { shared.tidy(file) }
}

extension Stage.Input {
    /// The input, adapted for a machine without the other pipeline: its content is given, like that of a stage.
    fileprivate func given(with elements: [KeyMaterial.Element]) -> Stage.Input {
        guard case .elsewhere(let output) = source else { return self }
        guard output.gatheredStage != nil else {
            return Stage.Input(name: name, source: .output(output.reference))
        }
        return Stage.Input(
            name: name, source: .gather(elements.map { output.reference(to: $0.coordinates) }))
    }
}

extension Stage {
    /// The stage, adapted for one attempt.
    fileprivate func once(with resources: Resources, _ elements: [String: [KeyMaterial.Element]]) -> Stage {
        Stage(
            id: id, work: work, inputs: inputs.map { $0.given(with: elements[$0.name] ?? []) },
            outputs: outputs, resources: resources,
            permissions: permissions,
            secrets: secrets, location: location)
    }
}
