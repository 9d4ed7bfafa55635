import Confinement
import Dataflow
import Digests
import Files
import JSON
import StageSchemas

/// A job's task on another machine: one attempt of a stage.
struct NodeRequest: Codable {
    /// The version of requests and results; programs of other versions refuse them.
    static let currentVersion = 1

    /// The outputs of a stage that this one reads from.
    struct Upstream: Codable {
        let stage: StageID
        let outputs: [String: Object]
        /// The optional outputs that it has not written.
        let absent: [String]
    }

    /// An artifact.
    struct Object: Codable {
        let digest: String
        let shape: String
        let size: Int
        let isExecutable: Bool
    }

    /// An external file, as the driver has seen it.
    struct Source: Codable {
        let digest: String
        /// Nil for a folder, which is not checked again.
        let size: Int?
        let modified: Int64?
        let isExecutable: Bool
    }

    var version = currentVersion
    /// The key of what is declared.
    let key: String
    let pipeline: String
    let stage: Stage
    let upstreams: [Upstream]
    /// External inputs and code files, by path.
    let sources: [String: Source]
    /// The values of the variables that the command sees.
    let environment: [String: String?]
    let isConfined: Bool
    /// What belongs to the store.
    let hidden: [String]
    /// What the pipeline has published.
    let products: [String]
    let workingDirectory: String
    /// Where the folder of a failed attempt is kept; nil to keep none.
    let keptFolder: String?
}

/// The result of an attempt on another machine.
struct NodeResult: Codable {
    var version = NodeRequest.currentVersion
    let key: String
    let host: String
    /// True if it has outputs.
    let isSuccess: Bool
    /// Why it failed.
    var message: String?
    var metrics: [String: Double] = [:]
    var wallSeconds = 0.0
    var cpuSeconds = 0.0
    var peakMemory = 0
    var confinement: String?
    /// What the command has discovered: the roots of its trees.
    var pathSet: String?
    var snapshot: String?
    /// The files with the outputs, by the outputs' names.
    var outputs: [String: String] = [:]
    /// Where the folder of the failed attempt was kept.
    var keptFolder: String?
    /// Sentences for the user.
    var notices: [String] = []
}

/// The nodes of what a command has discovered, as a file: each preceded by its length.
enum NodesFile {
    static func bytes(of nodes: [Digest: [UInt8]]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (_, node) in nodes.sorted(by: { $0.key < $1.key }) {
            for shift in stride(from: 24, through: 0, by: -8) {
                bytes.append(UInt8(truncatingIfNeeded: node.count >> shift))
            }
            bytes += node
        }
        return bytes
    }

    /// The nodes; nil if the file is truncated.
    static func nodes(in bytes: [UInt8]) -> [Digest: [UInt8]]? {
        var nodes: [Digest: [UInt8]] = [:]
        var position = 0
        while position < bytes.count {
            guard position + 4 <= bytes.count else { return nil }
            let count = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
            position += 4
            guard count <= bytes.count - position else { return nil }
            let node = Array(bytes[position..<position + count])
            nodes[SHA256.digest(of: node)] = node
            position += count
        }
        return nodes
    }
}
