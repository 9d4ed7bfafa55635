import Confinement
import Dataflow
import Digests
public import Files
import JSON
import Processes
import StageKit
import StageSchemas
import Synchronization

/// A job on another machine: the attempts that a file lists, one after another.
public struct NodeTask: Sendable {
    /// What attempts use on this machine.
    public struct Machine: Sendable {
        /// Its name, for messages.
        public var host: String
        /// This program, which runs kinds.
        public var workerExecutable: String
        /// The environment of the job.
        public var environment: [String: String]
        /// Folders of the program and its libraries.
        public var programs: [FilePath]

        package init(
            host: String, workerExecutable: String, environment: [String: String], programs: [FilePath]
        ) {
            self.host = host
            self.workerExecutable = workerExecutable
            self.environment = environment
            self.programs = programs
        }
    }

    private let shared: SharedFolder
    private let names: [String]
    private let machine: Machine

    /// If less than this many bytes are free, a failure may be due to lack of space.
    private static let nearlyFull = 16 << 20

    /// The largest request.
    private static let largestRequest = 256 << 20

    /// The attempts that a file lists. It is in a submission's folder, which is in the shared folder.
    public init(file: FilePath, machine: Machine) throws {
        let bytes = try FileContents.read(file, limit: 16 << 20)
        names = String(decoding: bytes, as: UTF8.self).utf8.split(separator: UInt8(ascii: "\n")).compactMap {
            String($0)
        }
        guard names.allSatisfy(SharedJob.isName) else {
            throw NodeTrouble("\(file) is not a list of attempts")
        }
        shared = SharedFolder(file.parent.parent.parent)
        self.machine = machine
    }

    /// Runs the attempts. Their results are in the shared folder afterwards.
    ///
    /// - Parameter report: called with messages that cannot be part of a result.
    public func run(_ report: (String) -> Void) {
        for name in names {
            let job = shared.job(name)
            // An attempt without its folder is no longer wanted; one with a result is done.
            guard FileSystem.exists(job.request), !FileSystem.exists(job.result) else { continue }
            let result: NodeResult
            do {
                try FileContents.write(Array(machine.host.utf8), to: job.started)
                result = try attempt(job)
            } catch {
                result = NodeResult(
                    key: "", host: machine.host, isSuccess: false,
                    message: "it could not be started on \(machine.host): \(error)")
            }
            do {
                try FileContents.write(JSONRecord.encode(result), to: job.result)
                try FileContents.write([], to: shared.done.appending(name))
            } catch {
                // Without a result, the driver reports what the job has printed as the reason.
                report("the result of \(name) could not be written: \(error)")
            }
        }
    }

    private func attempt(_ job: SharedJob) throws -> NodeResult {
        let request = try JSONRecord.decode(
            NodeRequest.self, from: FileContents.read(job.request, limit: Self.largestRequest),
            limit: Self.largestRequest)
        guard request.version == NodeRequest.currentVersion else {
            throw NodeTrouble("the run was started by another version of sluice")
        }
        do {
            try FileSystem.changeDirectory(to: FilePath(request.workingDirectory))
        } catch {
            throw NodeTrouble("\(error); the working directory must be the same on all machines")
        }
        try FileSystem.removeTree(job.attempts)
        try FileSystem.removeTree(job.outputs)
        try FileSystem.makeDirectories(job.attempts)
        defer { try? FileSystem.removeTree(job.attempts) }
        let store = try NodeStore(request, job, in: shared)
        let stubs = request.upstreams.map(NodeStore.GivenTraces.stub)
        let pipeline = Pipeline(name: request.pipeline, stages: stubs + [request.stage])
        let reporter = try EventWriter(job.events)
        let runner = try Runner(
            Selection(of: pipeline, chosen: [request.stage.id], reach: .alone), store: store,
            reporter: reporter, options: options(request, job, store))
        _ = try runner.run(RunDescription(pipeline: request.pipeline, file: "", arguments: []))
        guard let result = store.runs.value else { throw NodeTrouble("the attempt has left no result") }
        return try self.result(result, request, job, store, reporter)
    }

    private func options(_ request: NodeRequest, _ job: SharedJob, _ store: NodeStore) throws -> RunOptions {
        var environment = machine.environment
        for (name, value) in request.environment { environment[name] = value }
        let places = StagePlaces(
            environment: environment, hidden: request.hidden.map { FilePath($0) },
            products: request.products.map { FilePath($0) }, programs: machine.programs)
        var options = RunOptions(
            capacity: SchedulerState.Capacity(
                cpus: max(1, request.stage.resources.cpus), gpus: request.stage.resources.gpus),
            workerExecutable: machine.workerExecutable, environment: environment,
            publicationFolder: job.folder, attemptsFolder: job.attempts)
        options.places = places
        options.resumeFolder = shared.resume
        options.keptFolder = request.keptFolder.map { FilePath($0) }
        if request.isConfined {
            options.confinement = RunOptions.Confinement(places: places, support: .ofThisKernel())
        }
        return options
    }

    private func result(
        _ result: StageResult, _ request: NodeRequest, _ job: SharedJob, _ store: NodeStore,
        _ reporter: EventWriter
    ) throws -> NodeResult {
        let trace = result.trace
        let declared = trace?.discovered?.declared ?? trace?.key ?? result.key
        guard declared == nil || declared?.description == request.key else {
            throw NodeTrouble(
                "its version of sluice differs from the one that started the run, or an input differs")
        }
        var record = NodeResult(key: request.key, host: machine.host, isSuccess: result.disposition == .ran)
        record.message = result.disposition == .ran ? nil : result.message ?? "it was ended"
        record.keptFolder = result.keptFolder
        record.notices = reporter.notices
        guard let trace, result.disposition == .ran else {
            if let free = try? FileSystem.freeSpace(at: shared.path), free < Self.nearlyFull {
                record.message = (record.message ?? "it failed") + "; the disk of the shared folder is full"
            }
            return record
        }
        record.metrics = trace.metrics
        record.wallSeconds = trace.cost.wallSeconds
        record.cpuSeconds = trace.cost.cpuSeconds
        record.peakMemory = trace.cost.peakMemory
        record.confinement = trace.confinement?.rawValue
        for (name, artifact) in trace.outputs {
            record.outputs[name] = store.artifacts.place(of: artifact.digest)?.lastComponent
        }
        if let discovered = trace.discovered {
            record.pathSet = discovered.pathSet.hexadecimal
            record.snapshot = discovered.snapshot.hexadecimal
            try FileContents.write(NodesFile.bytes(of: result.nodes?.all ?? [:]), to: job.nodes)
        }
        return record
    }
}

/// Writes what an attempt reports to a file, which the driver follows.
private final class EventWriter: Reporter {
    private struct State {
        var notices: [String] = []
    }

    private let file: FilePath
    private let state = Mutex(State())

    init(_ file: FilePath) throws {
        self.file = file
        try FileContents.write([], to: file)
    }

    var notices: [String] { state.withLock { $0.notices } }

    func report(_ event: RunEvent) {
        switch event {
        case .progress(_, let done, let total, let unit):
            write(.progress(done: done, total: total, unit: unit))
        case .metric(_, let name, let value): write(.metric(name: name, value: value))
        case .log(_, let line): write(.log(line))
        case .notice(let text): state.withLock { $0.notices.append(text) }
        case .runStarted, .expanded, .stageStarted, .attempt, .action, .waiting, .retrying, .stageFinished,
            .published, .draining, .runFinished:
            break
        }
    }

    private func write(_ event: StageEvent) {
        state.withLock { _ in
            guard let line = try? JSONRecord.encode(event), let file = try? File(file, .appending) else {
                return
            }
            try? file.write(line + [UInt8(ascii: "\n")])
        }
    }
}
