import Columns
package import Comparisons
package import Files
package import StageKit
package import StageSchemas
import Synchronization
import TestSupport

/// Runs stage kinds in one temporary folder, and keeps what they wrote and reported.
package struct StageTrial {
    package let folder: FilePath
    private let events = Events()

    private final class Events: Sendable {
        let metrics = Mutex<[String: Double]>([:])
        let count = Mutex(0)
    }

    package init(_ folder: FilePath) { self.folder = folder }

    /// The metrics of all runs, the last of a name.
    package var metrics: [String: Double] { events.metrics.withLock { $0 } }

    /// Runs a kind, and returns the paths of its outputs by name.
    @discardableResult package func run<Kind: StageKind>(
        _ kind: Kind.Type, _ inputs: [String: [FilePath]] = [:], _ parameters: [String: Value] = [:],
        threads: Int = 1
    ) throws -> [String: FilePath] {
        let number = events.count.withLock { count in
            count += 1
            return count
        }
        let output = folder.appending("\(kind.schema.name)-\(number)")
        let scratch = output.appending("scratch")
        try FileSystem.makeDirectories(scratch)
        var outputs: [String: FilePath] = [:]
        for port in kind.schema.outputs { outputs[port.name] = output.appending(port.fileName) }
        let events = events
        let context = StageContext(
            inputs: inputs.mapValues { $0.map { StageContext.Input(path: $0) } }, outputs: outputs,
            scratch: scratch, threads: threads
        ) { event in
            if case .metric(let name, let value) = event { events.metrics.withLock { $0[name] = value } }
        }
        try kind.run(parameters: parameters, in: context)
        for (name, path) in outputs where !FileSystem.exists(path) {
            throw StageFailure("output '\(name)' was not written")
        }
        return outputs
    }

    /// Writes a file into the folder.
    package func file(_ name: String, _ bytes: [UInt8]) throws -> FilePath {
        let path = folder.appending(name)
        try FileContents.write(bytes, to: path)
        return path
    }

    /// Writes comparisons as a table.
    package func table(_ name: String, _ rows: [Comparison]) throws -> FilePath {
        let path = folder.appending(name)
        try ComparisonBuilder.table(of: rows).write(to: path)
        return path
    }
}

/// The rows of a comparison table's file.
package func comparisons(_ path: FilePath?) throws -> [Comparison] {
    guard let path else { return [] }
    let table = try ComparisonTable.read(path)
    return (0..<table.count).map { table[$0] }
}

/// Real data next to the checkout, or nil.
package func realData(_ name: String) -> FilePath? {
    let folder = FilePath(#filePath).parent.parent.parent.parent
    let path = folder.appending("shared/data/comparisons").appending(name)
    return FileSystem.exists(path) ? path : nil
}
