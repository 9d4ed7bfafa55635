public import Digests
public import StageSchemas

/// All that a stage's result depends on; its canonical encoding is what the key is the digest of.
public struct KeyMaterial: Sendable, Hashable {
    /// One artifact of an input.
    public struct Element: Sendable, Hashable {
        /// The coordinates of the gathered instance, by axis; empty outside a gather.
        public let coordinates: [String: Value]
        /// The artifact.
        public let digest: Digest

        /// An element of its parts.
        public init(coordinates: [String: Value] = [:], digest: Digest) {
            self.coordinates = coordinates
            self.digest = digest
        }
    }

    /// The kind's name, or `run`.
    public var kind: String
    /// The digest of the kind's sources; nil for `run`.
    public var fingerprint: Digest?
    /// The canonical parameters; empty for `run`.
    public var parameters: [String: Value]
    /// The artifacts of each input.
    public var inputs: [String: [Element]]
    /// The command's text, inputs and outputs by name; nil for a kind.
    public var command: String?
    /// The outputs that a command declares, `name → file name`, a directory's ending in `/`; empty for a kind.
    public var outputs: [String: String]
    /// The digests of the command's code files, in the file's order.
    public var code: [Digest]
    /// The values of the declared environment variables; nil where one is unset.
    public var environment: [String: String?]

    /// Material of its parts.
    public init(
        kind: String, fingerprint: Digest? = nil, parameters: [String: Value] = [:],
        inputs: [String: [Element]] = [:], command: String? = nil, outputs: [String: String] = [:],
        code: [Digest] = [], environment: [String: String?] = [:]
    ) {
        self.kind = kind
        self.fingerprint = fingerprint
        self.parameters = parameters
        self.inputs = inputs
        self.command = command
        self.outputs = outputs
        self.code = code
        self.environment = environment
    }
}
