public import Files
import FoundationEssentials

/// Writes `text` to a file, making the folders above it.
public func write(_ text: String, to path: FilePath) throws {
    try FileManager.default.createDirectory(atPath: path.parent.text, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: URL(filePath: path.text))
}

/// The text of a file.
public func read(_ path: FilePath) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: path.text)), as: UTF8.self)
}
