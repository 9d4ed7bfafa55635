public import Files

/// What is wrong with a checkpoint, where, and how to fix it.
public struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong.
    public let message: String
    /// The file or folder at fault, if there is one.
    public let path: FilePath?

    /// An error from its parts.
    public init(_ message: String, path: FilePath? = nil) {
        self.message = message
        self.path = path
    }

    /// "model.safetensors: …".
    public var description: String { path.map { "\($0.lastComponent): \(message)" } ?? message }
}
