public import Files

/// What is wrong with a checkpoint: where, and what to do.
public struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// The file or folder, where one is to blame.
    public let path: FilePath?

    /// An error of its parts.
    public init(_ message: String, path: FilePath? = nil) {
        self.message = message
        self.path = path
    }

    /// "model.safetensors: …".
    public var description: String { path.map { "\($0.lastComponent): \(message)" } ?? message }
}
