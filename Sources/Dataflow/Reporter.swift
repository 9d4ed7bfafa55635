/// Receives what happens in a run: a live display, plain lines, a recording for tests.
public protocol Reporter: Sendable {
    /// Takes an event. Called from any thread, in order per stage; it must not block for long.
    func report(_ event: RunEvent)
}

/// Something that happened in a run.
public enum RunEvent: Sendable {
    /// The run begins with so many stages in its selection.
    case runStarted(pipeline: String, stages: Int)
    /// An attempt of a stage begins; `expected` is the wall seconds of its latest result, where known.
    case stageStarted(StageID, attempt: Int, reasons: [Staleness], expected: Double?)
    /// A running stage has done `done` of `total` units.
    case progress(StageID, done: Int, total: Int?, unit: String)
    /// A running stage reported a named number.
    case metric(StageID, name: String, value: Double)
    /// A running stage wrote a line to its log.
    case log(StageID, String)
    /// Another process computes the stage's key; this run waits for it.
    case waiting(StageID, holder: String)
    /// An attempt failed and is tried again after a pause.
    case retrying(StageID, attempt: Int, after: Duration, message: String)
    /// A stage has ended.
    case stageFinished(StageResult)
    /// An output was published.
    case published(file: String, path: String)
    /// Something that the user should know, once.
    case notice(String)
    /// The user asked to stop: running stages finish, nothing new starts.
    case draining
    /// The run has ended.
    case runFinished(RunOutcome, seconds: Double)
}
