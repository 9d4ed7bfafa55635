import Confinement
import Dataflow
import Files
import Synchronization
import Texts

/// An attempt at running a stage: its folder, its process, what it has reported, and why it is being stopped, if it is.
final class Attempt {
    /// Why an attempt is being stopped.
    enum Stop: Equatable {
        /// It exceeded a limit, as the message says.
        case overLimit(String)
        /// The run is ending.
        case canceled
    }

    let job: Job
    /// From 1; a repetition for verification has the number of the attempt that it repeats.
    let number: Int
    let folder: FilePath
    let started: Double
    /// The status of its inputs when it started.
    var inputStamps = InputStamps()
    /// The process, until it ends.
    var process: (any AttemptProcess)?
    var metrics: [String: Double] = [:]
    /// The message with which the stage itself reported a failure.
    var failure: String?
    private(set) var stop: Stop?
    /// Set together with `stop`, for the threads that capture its outputs.
    let isUnwanted = Flag()
    /// When the attempt exceeds its time limit; nil if it has none.
    private let deadline: Double?
    /// When it will be killed, if it has been asked to end.
    var killTime: Double?
    var cost = Cost()
    /// The launched command; nil before the start.
    var launch: AttemptLaunch?
    /// Removes its secrets from its log; nil if it has none.
    var scrubber: SecretScrubber?
    /// The resources that it has.
    let resources: Stage.Resources
    /// True if it is on another machine, where its limits are enforced.
    let isRemote: Bool
    /// Where another machine has kept its folder.
    var keptElsewhere: FilePath?
    /// Where it saves state from which a later attempt can resume; nil to save none.
    var progress: FilePath?
    /// How it is confined.
    var confinement: Trace.Confinement?
    /// What was observed of it, once it has ended; nil if nothing was.
    var reads: ObservedReads?
    /// What it has discovered, once its outputs are captured.
    var trees: DiscoveryTrees?

    var stage: Stage { job.stage }
    var log: FilePath { AttemptFolders.log(in: folder) }
    var outputs: FilePath { AttemptFolders.outputs(in: folder) }
    var scratch: FilePath { AttemptFolders.scratch(in: folder) }

    init(_ job: Job, number: Int, folder: FilePath, started: Double, isRemote: Bool = false) {
        self.job = job
        self.number = number
        self.folder = folder
        self.started = started
        resources = job.stage.resources(ofAttempt: number)
        self.isRemote = isRemote
        deadline = isRemote ? nil : resources.time.map { started + $0 / .seconds(1) }
    }

    /// A description for people.
    var description: AttemptDescription {
        AttemptDescription(
            key: job.key, material: job.material,
            arguments: launch.map { [$0.executable] + $0.arguments } ?? [], folder: folder.text,
            confinement: confinement, resources: resources)
    }

    func path(of output: Stage.Output) -> FilePath { outputs.appending(output.fileName) }

    /// When it needs attention next; nil if it does not.
    var timer: Double? { stop == nil ? deadline : process == nil ? nil : killTime }

    /// True if it has exceeded its stage's time limit.
    func isOverdue(at now: Double) -> Bool { stop == nil && deadline.map { $0 <= now } ?? false }

    /// Records why it is being stopped. The first reason stays, unless the whole run is ending.
    func note(_ reason: Stop) {
        if stop == nil || reason == .canceled { stop = reason }
        isUnwanted.set()
    }

    /// The names in the output folder that the stage does not declare.
    func undeclaredOutputs() throws -> [String] {
        let declared = TextSet(
            stage.outputs.map { $0.fileName.parts(between: "/", omitsEmpty: true).first ?? $0.fileName })
        return try FileSystem.names(in: outputs).filter { !declared.contains($0) }
    }
}

/// A flag that one thread sets once for others.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
