import Confinement
import Dataflow
import Files
import Synchronization
import Texts

/// One try at a stage: its folder, its process, what it has said so far, and why it is being ended, if it is.
final class Attempt {
    /// Why an attempt is being ended.
    enum Stop: Equatable {
        /// It is over a limit, as the sentence says.
        case overLimit(String)
        /// The run is to end.
        case canceled
    }

    let job: Job
    /// From 1; a repetition for comparison has the number of the attempt that it repeats.
    let number: Int
    let folder: FilePath
    let started: Double
    /// What its inputs were when it was started.
    var inputStamps = InputStamps()
    /// The process, as long as it has not ended.
    var process: (any AttemptProcess)?
    var metrics: [String: Double] = [:]
    /// The sentence with which the stage itself has said that it failed.
    var failure: String?
    private(set) var stop: Stop?
    /// True once `stop` is set; for the threads that capture its outputs.
    let isUnwanted = Flag()
    /// When the attempt is ended for taking too long; nil if it has no limit.
    private let deadline: Double?
    /// When it is killed, after it was asked to end.
    var killTime: Double?
    var cost = Cost()
    /// What was started; nil before.
    var launch: AttemptLaunch?
    /// Where it leaves what a later attempt can go on from; nil to leave nothing.
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

    init(_ job: Job, number: Int, folder: FilePath, started: Double) {
        self.job = job
        self.number = number
        self.folder = folder
        self.started = started
        deadline = job.stage.resources.time.map { started + $0 / .seconds(1) }
    }

    func path(of output: Stage.Output) -> FilePath { outputs.appending(output.fileName) }

    /// The time at which something has to be done about it; nil if there is none.
    var timer: Double? { stop == nil ? deadline : process == nil ? nil : killTime }

    /// True if it has not ended within its stage's time.
    func isOverdue(at now: Double) -> Bool { stop == nil && deadline.map { $0 <= now } ?? false }

    /// Notes why it is being ended; the first reason stays, unless the whole run is to end.
    func note(_ reason: Stop) {
        if stop == nil || reason == .canceled { stop = reason }
        isUnwanted.set()
    }

    /// The names in the output folder that the stage has not declared.
    func undeclaredOutputs() throws -> [String] {
        let declared = TextSet(
            stage.outputs.map { $0.fileName.parts(between: "/", omitsEmpty: true).first ?? $0.fileName })
        return try FileSystem.names(in: outputs).filter { !declared.contains($0) }
    }
}

/// Something that one thread says to others once.
final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }
}
