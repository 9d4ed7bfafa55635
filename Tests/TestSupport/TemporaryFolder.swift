public import Files
import FoundationEssentials

/// Gives `body` a fresh, empty folder and removes it afterwards.
public func withTemporaryFolder<Result>(_ body: (FilePath) throws -> Result) throws -> Result {
    let path = freshPath()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(FilePath(path))
}

/// Gives `body` a fresh, empty folder and removes it afterwards.
public func withTemporaryFolder<Result>(_ body: (FilePath) async throws -> Result) async throws -> Result {
    let path = freshPath()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(FilePath(path))
}

private func freshPath() -> String {
    FileManager.default.temporaryDirectory.path + "/sluice-test-" + UUID().uuidString
}
