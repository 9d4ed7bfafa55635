public import Confinement
public import Dataflow
public import Files

/// What a run is asked to do, and with what.
public struct RunOptions: Sendable {
    /// True to go on with what does not depend on a failed stage.
    public var keepsGoing = false
    /// True to run each stage twice, or once more where its result is known, and to compare.
    public var verifies = false
    /// What running stages share.
    public var capacity: SchedulerState.Capacity
    /// The binary that runs Swift kinds as `BINARY worker REQUEST`.
    public var workerExecutable: String
    /// The environment that `run:` stages may take variables from.
    public var environment: [String: String]
    /// How stages are confined; nil to confine none.
    public var confinement: Confinement?
    /// Where everything is, to find the results of confined commands in an unconfined run, too; nil to leave them be.
    public var places: StagePlaces?
    /// Where publications go: the pipeline's name and the file name are appended.
    public var publicationFolder: FilePath
    /// Where attempts are made; on the same file system as the store's plain copies.
    public var attemptsFolder: FilePath
    /// Where each attempt's number and stage are written, for who follows a log; nil to write them nowhere.
    public var attemptRegister: FilePath?
    /// Where stages leave what a later attempt at the same key can go on from; nil to let them leave nothing.
    public var resumeFolder: FilePath?
    /// Reads the numbers in a file of metrics.
    ///
    /// - Throws: an error that says what is wrong with the file.
    public var readMetrics: @Sendable (FilePath) throws -> [String: Double] = { _ in [:] }
    /// Where the folders of failed attempts are kept, by their stages' names; nil to keep none.
    public var keptFolder: FilePath?
    /// The pause before the first retry, in seconds; it doubles with each.
    var retryPause = 0.5
    /// Between looks at what running stages have written, in seconds.
    var inspectionInterval = 0.5
    /// Where fewer bytes than these are left on the disk, a stage that has written more than these is ended.
    var reservedSpace = 256 << 20
    /// Between asking a stage to end and ending it, in seconds.
    var terminationGrace = 2.0

    /// How stages are confined.
    public struct Confinement: Sendable {
        /// Where everything is.
        public var places: StagePlaces
        /// What the kernel can do.
        public var support: ConfinementSupport

        /// Confinement of its parts.
        public init(places: StagePlaces, support: ConfinementSupport) {
            self.places = places
            self.support = support
        }
    }

    /// Options of what has no default.
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

/// What became of a run.
public struct RunSummary: Sendable {
    /// The run's number in the store.
    public let run: RunID
    /// How it ended.
    public let outcome: RunOutcome
    /// The stages that were looked at, in the pipeline's order.
    public let results: [StageResult]
    /// Where each published file is, by its name, in the pipeline's order.
    public let published: [(file: String, path: FilePath)]
    /// The trouble with the store that failed the run, if that is what did.
    public let storeTrouble: (any Error)?
    /// Wall seconds.
    public let seconds: Double
}
