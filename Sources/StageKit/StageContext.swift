public import Files
public import StageSchemas

/// What a running stage sees: its input files, where its outputs go, and how to report progress.
public struct StageContext: Sendable {
    /// One artifact on an input port.
    public struct Input: Sendable, Hashable {
        /// A read-only file or directory. Its name has no meaning; only its content does.
        public let path: FilePath
        /// The matrix coordinates of the instance that produced it, such as `["fold": 0]`; empty outside a gather.
        public let coordinates: [String: Value]

        package init(path: FilePath, coordinates: [String: Value] = [:]) {
            self.path = path
            self.coordinates = coordinates
        }
    }

    private let inputs: [String: [Input]]
    private let outputs: [String: FilePath]
    private let report: @Sendable (StageEvent) -> Void

    /// The number of threads that the stage may use. It must not change the outputs' bytes.
    public let threads: Int
    /// An empty folder for temporary files, removed after the stage.
    public let scratch: FilePath
    private let resume: FilePath?

    /// A context without a worker behind it, for tests.
    public init(
        inputs: [String: [Input]], outputs: [String: FilePath], scratch: FilePath, resume: FilePath? = nil,
        threads: Int = 1,
        report: @escaping @Sendable (StageEvent) -> Void = { _ in }
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.scratch = scratch
        self.resume = resume
        self.threads = threads
        self.report = report
    }

    /// The one artifact on a port of arity `one`.
    public func input(_ port: String) throws(StageFailure) -> FilePath {
        guard let first = inputs[port]?.first else { throw StageFailure("input '\(port)' is missing") }
        return first.path
    }

    /// The artifact on a port of arity `optional`, if there is one.
    public func optionalInput(_ port: String) -> FilePath? { inputs[port]?.first?.path }

    /// All artifacts on a port, in the order of the pipeline file and of the matrix.
    public func allInputs(_ port: String) -> [Input] { inputs[port] ?? [] }

    /// The number of artifacts on each port.
    var inputCounts: [String: Int] { inputs.mapValues(\.count) }

    /// Where to write an output: a path in an existing, empty folder.
    public func output(_ port: String) throws(StageFailure) -> FilePath {
        guard let path = outputs[port] else { throw StageFailure("the stage has no output '\(port)'") }
        return path
    }

    /// A folder for progress that the next attempt at the same work can resume from if this one fails or is killed.
    ///
    /// It belongs to the stage's key: a stage that finds something in it has the same parameters, inputs and code. It is
    /// removed when the stage has succeeded, or some weeks after it was last written to. Its contents must not change the
    /// outputs' bytes, and must be consistent at all times: write files under temporary names and rename them.
    ///
    /// - Throws: `FileError` if it cannot be made.
    public func resumeFolder() throws(FileError) -> FilePath {
        let folder = resume ?? scratch.appending("resume")
        try FileSystem.makeDirectories(folder)
        return folder
    }

    /// Reports progress; call it as often as you like, it is throttled.
    public func progress(_ done: Int, of total: Int?, _ unit: String = "rows") {
        report(.progress(done: done, total: total, unit: unit))
    }

    /// Records a named number, which is shown to users and kept with the result. It must be deterministic.
    public func metric(_ name: String, _ value: Double) {
        report(.metric(name: name, value: value))
    }

    /// Records a named count.
    public func metric(_ name: String, _ value: Int) {
        report(.metric(name: name, value: Double(value)))
    }

    /// Adds a line to the stage's log.
    public func log(_ line: String) {
        report(.log(line))
    }
}

/// What a running stage reports to the engine: JSON objects, one per line of the events descriptor.
public enum StageEvent: Sendable, Hashable, Codable {
    /// `done` units out of `total`, if the total is known.
    case progress(done: Int, total: Int?, unit: String)
    /// A named number, kept with the result.
    case metric(name: String, value: Double)
    /// A line for the log.
    case log(String)
    /// The stage failed with this message; the process then exits with 1.
    case failure(String)
}
