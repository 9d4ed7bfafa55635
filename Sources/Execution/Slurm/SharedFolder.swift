import Dataflow
import Digests
public import Files
import Texts

/// The folder in which a driver and its jobs on other machines exchange files.
///
/// ```
/// objects/ab/ab12…        inputs, by content
/// jobs/KEY.TOKEN/         an attempt at a key: request.json, events, result.json, nodes, out/, log
/// batches/NAME/           a submission: the attempts of each job, what the job printed, and its number in Slurm
/// done/KEY.TOKEN          exists once there is a result
/// resume/KEY/             what an attempt has saved for the next
/// ```
public struct SharedFolder: Sendable {
    /// Where it is.
    public let path: FilePath

    /// The folder at a path.
    public init(_ path: FilePath) { self.path = path }

    var jobs: FilePath { path.appending("jobs") }
    var batches: FilePath { path.appending("batches") }
    var done: FilePath { path.appending("done") }
    var resume: FilePath { path.appending("resume") }
    var objects: FilePath { path.appending("objects") }
    private var lock: FilePath { path.appending("lock") }

    /// The place of an input.
    func object(_ digest: Digest) -> FilePath {
        let name = digest.hexadecimal
        return objects.appending(String(name.prefix(2))).appending(name)
    }

    /// The folder of an attempt.
    func job(_ name: String) -> SharedJob { SharedJob(folder: jobs.appending(name)) }

    /// The existing attempts, by their keys: another run may have been killed while they were in progress.
    func attempts() -> [String: String] {
        var attempts: [String: String] = [:]
        for name in (try? FileSystem.names(in: jobs)) ?? [] where SharedJob.isName(name) {
            attempts[String(name.utf8.prefix(2 * Digest.byteCount)) ?? ""] = name
        }
        return attempts
    }

    /// Creates what is missing, and marks the folder as used until the returned file is closed.
    func open() throws -> File {
        for folder in [jobs, batches, done, resume, objects] { try FileSystem.makeDirectories(folder) }
        let file = try File(lock, .appending)
        _ = try? file.lock(isExclusive: false, waits: true)
        return file
    }

    /// Removes the inputs and the records of submissions if no driver needs them.
    func tidy(_ own: borrowing File) {
        // Other drivers hold the lock as long as they run.
        guard (try? own.lock(isExclusive: true)) == true,
            (try? FileSystem.names(in: jobs).isEmpty) == true
        else { return }
        for folder in [objects, batches, done] {
            for name in (try? FileSystem.names(in: folder)) ?? [] {
                try? FileSystem.removeTree(folder.appending(name))
            }
        }
    }
}

/// The files of an attempt.
struct SharedJob: Sendable {
    let folder: FilePath

    /// A new name for an attempt at a key.
    static func name(of key: Key) -> String { "\(key).\(token())" }

    /// A text that makes a name unique.
    static func token() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }

    /// True for a key, a dot and a token.
    static func isName(_ text: String) -> Bool {
        let parts = text.parts(between: ".")
        return parts.count == 2 && Digest(hexadecimal: parts[0]) != nil && !parts[1].isEmpty
            && parts[1].utf8.allSatisfy { (48...57).contains($0) || (97...122).contains($0) }
    }

    var name: String { folder.lastComponent }
    var request: FilePath { folder.appending("request.json") }
    var result: FilePath { folder.appending("result.json") }
    var events: FilePath { folder.appending("events") }
    var nodes: FilePath { folder.appending("nodes") }
    var log: FilePath { folder.appending("log") }
    var outputs: FilePath { folder.appending("out") }
    /// Where the attempt works.
    var attempts: FilePath { folder.appending("attempts") }
    /// Exists once a job has begun to work on it.
    var started: FilePath { folder.appending("started") }
    /// The submission that it belongs to, and its index in it: `NAME INDEX`.
    var batch: FilePath { folder.appending("batch") }
}

/// The files of a submission.
struct SharedBatch: Sendable {
    let folder: FilePath

    /// The attempts of one of its jobs, a name on each line.
    func task(_ index: Int) -> FilePath { folder.appending("\(index)") }
    /// What one of its jobs printed.
    func output(_ index: Int) -> FilePath { folder.appending("\(index).out") }
    /// The number that Slurm gave it.
    var number: FilePath { folder.appending("number") }
}
