/// Receives the events of a run: a live display, plain lines, a recording for tests.
public protocol Reporter: Sendable {
    /// Handles an event. Called from any thread, in order for each stage; must not block for long.
    func report(_ event: RunEvent)
}

/// Something that happened in a run.
public enum RunEvent: Sendable {
    /// The run starts, with this number of selected stages.
    case runStarted(pipeline: String, stages: Int)
    /// A list is known now: these instances of a stage replace this number of placeholders.
    case expanded(stage: String, into: [StageID], replaced: Int)
    /// An attempt of a stage starts; `expected` is the wall-clock seconds of its latest result, if known.
    case stageStarted(StageID, attempt: Int, reasons: [Staleness], expected: Double?)
    /// The details of an attempt that has started, for verbose display.
    case attempt(StageID, AttemptDescription)
    /// An executor has done something that does not concern a single stage, as the sentence says.
    case action(String)
    /// A running stage has completed `done` of `total` units.
    case progress(StageID, done: Int, total: Int?, unit: String)
    /// A running stage reported a named number.
    case metric(StageID, name: String, value: Double)
    /// A running stage wrote a line to its log.
    case log(StageID, String)
    /// Another process is computing the stage's key; this run waits for it.
    case waiting(StageID, holder: String)
    /// An attempt failed and will be retried after a delay.
    case retrying(StageID, attempt: Int, after: Duration, message: String)
    /// A stage has ended.
    case stageFinished(StageResult)
    /// An output was published.
    case published(file: String, path: String)
    /// Something that the user should know, reported once.
    case notice(String)
    /// The user asked to stop: running stages finish, and nothing new starts.
    case draining
    /// The run has ended.
    case runFinished(RunOutcome, seconds: Double)
}

/// An attempt at running a stage, for people.
public struct AttemptDescription: Sendable {
    /// The key of what is declared.
    public let key: Key
    /// The material of the key.
    public let material: KeyMaterial
    /// The program and its arguments; empty if another machine decides.
    public let arguments: [String]
    /// Its folder.
    public let folder: String
    /// How it is confined; nil if another machine decides.
    public let confinement: Trace.Confinement?
    /// The resources that it has.
    public let resources: Stage.Resources

    package init(
        key: Key, material: KeyMaterial, arguments: [String], folder: String,
        confinement: Trace.Confinement?, resources: Stage.Resources
    ) {
        self.key = key
        self.material = material
        self.arguments = arguments
        self.folder = folder
        self.confinement = confinement
        self.resources = resources
    }
}
