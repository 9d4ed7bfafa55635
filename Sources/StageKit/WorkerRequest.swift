public import StageSchemas

/// A driver's request to a worker process: a JSON file.
public struct WorkerRequest: Sendable, Hashable, Codable {
    /// One artifact on an input port.
    public struct Input: Sendable, Hashable, Codable {
        /// An absolute path.
        public var path: String
        /// The matrix coordinates of the instance that produced it.
        public var coordinates: [String: Value]
        /// The name that users know: the path of a file, or `stage.output`. It replaces the path in messages; stages do not see it.
        public var name: String?

        package init(path: String, coordinates: [String: Value], name: String? = nil) {
            self.path = path
            self.coordinates = coordinates
            self.name = name
        }
    }

    /// The kind's name.
    public var kind: String
    /// The hexadecimal fingerprint of the kind's sources that the plan was made with.
    public var fingerprint: String
    /// The canonical parameters.
    public var parameters: [String: Value]
    /// The artifacts of each port.
    public var inputs: [String: [Input]]
    /// The absolute path of each output.
    public var outputs: [String: String]
    /// An empty folder for temporary files.
    public var scratch: String
    /// The absolute path of a folder that outlives the attempt and need not exist; nil if there is none.
    public var resume: String?
    /// The number of threads that the stage may use.
    public var threads: Int

    package init(
        kind: String, fingerprint: String, parameters: [String: Value], inputs: [String: [Input]],
        outputs: [String: String], scratch: String, resume: String? = nil, threads: Int
    ) {
        self.kind = kind
        self.fingerprint = fingerprint
        self.parameters = parameters
        self.inputs = inputs
        self.outputs = outputs
        self.scratch = scratch
        self.resume = resume
        self.threads = threads
    }
}
