public import Confinement
public import Dataflow
public import Files

/// The options of a run.
public struct RunOptions: Sendable {
    /// True to continue with the stages that do not depend on a failed one.
    public var keepsGoing = false
    /// True to run each stage twice, or once more if its result is known, and to compare the outputs.
    public var verifies = false
    /// The resources that running stages share.
    public var capacity: SchedulerState.Capacity
    /// Why some stages cannot run on this machine.
    public var impossible: [StageID: String] = [:]
    /// The binary that runs Swift kinds as `BINARY worker REQUEST`.
    public var workerExecutable: String
    /// The environment from which `run:` stages may take variables.
    public var environment: [String: String]
    /// How stages are confined; nil to confine none.
    public var confinement: Confinement?
    /// The places of this machine, to find the results of confined commands in an unconfined run, too; nil to ignore them.
    public var places: StagePlaces?
    /// The folder for published files; the pipeline's name and the file name are appended.
    public var publicationFolder: FilePath
    /// False to leave the published files unchanged.
    public var publishes = true
    /// The folder of the attempts' folders, on the same file system as the store's plain copies.
    public var attemptsFolder: FilePath
    /// The file in which each attempt's number and stage are recorded, for following logs; nil for none.
    public var attemptRegister: FilePath?
    /// The folder in which stages save state from which a later attempt at the same key can resume; nil for none.
    public var resumeFolder: FilePath?
    /// Reads the numbers in a file of metrics.
    ///
    /// - Throws: an error that says what is wrong with the file.
    public var readMetrics: @Sendable (FilePath) throws -> [String: Double] = { _ in [:] }
    /// The executor of stages that do not name one.
    public var executor = Placement.Executor.local
    /// True to run all stages on this machine, whatever the file says.
    public var runsAllHere = false
    /// What is needed to run stages with Slurm; nil if none may.
    public var slurm: Slurm?
    /// Provides results that the store does not have; nil if there are no shared caches.
    public var results: (any ResultSource)?
    /// Where the folders of failed attempts are kept, by their stages' names; nil to keep none.
    public var keptFolder: FilePath?
    /// The delay before the first retry, in seconds; it doubles with each retry.
    var retryPause = 0.5
    /// The interval between checks of what running stages have written, in seconds.
    var inspectionInterval = 0.5
    /// If less disk space than this is left, a stage that has written more than this is killed. In bytes.
    var reservedSpace = 256 << 20
    /// The grace period between SIGTERM and SIGKILL, in seconds.
    var terminationGrace = 2.0

    /// What is needed to run stages with Slurm.
    public struct Slurm: Sendable {
        /// The folder that this machine shares with the cluster's nodes.
        public var sharedFolder: FilePath
        /// The interval at which Slurm is asked about the jobs, in seconds.
        public var pollInterval: Double

        package init(sharedFolder: FilePath, pollInterval: Double = 5) {
            self.sharedFolder = sharedFolder
            self.pollInterval = pollInterval
        }
    }

    /// True if a stage runs on another machine.
    func isRemote(_ stage: Stage) -> Bool {
        !runsAllHere && (stage.placement.executor ?? executor) != .local
    }

    /// How stages are confined.
    public struct Confinement: Sendable {
        /// Where everything is.
        public var places: StagePlaces
        /// What the kernel supports.
        public var support: ConfinementSupport

        package init(places: StagePlaces, support: ConfinementSupport) {
            self.places = places
            self.support = support
        }
    }

    /// Options with defaults for everything else.
    public init(
        capacity: SchedulerState.Capacity, workerExecutable: String, environment: [String: String],
        publicationFolder: FilePath, attemptsFolder: FilePath
    ) {
        self.capacity = capacity
        self.workerExecutable = workerExecutable
        self.environment = environment
        self.publicationFolder = publicationFolder
        self.attemptsFolder = attemptsFolder
    }
}

/// The result of a run.
public struct RunSummary: Sendable {
    /// The run's number in the store.
    public let run: RunID
    /// How it ended.
    public let outcome: RunOutcome
    /// The selected stages' results, in the pipeline's order.
    public let results: [StageResult]
    /// The paths of the published files, by name, in the pipeline's order.
    public let published: [(file: String, path: FilePath)]
    /// The store's error, if that is why the run failed.
    public let storeTrouble: (any Error)?
    /// The duration in wall-clock seconds.
    public let seconds: Double
}
