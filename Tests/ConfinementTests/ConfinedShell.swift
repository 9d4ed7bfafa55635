import Confinement
import Files
import Glibc
import Processes
import TestSupport

/// Runs shell commands under a policy.
struct ConfinedShell {
    /// Outputs, inputs and the like, removed with the value's owner.
    let folder: OwnFolder
    var policy: ConfinementPolicy
    var support = ConfinementSupport.ofThisKernel()

    /// A shell that can read what is the system's, and nothing else.
    init() throws {
        folder = try OwnFolder()
        policy = ConfinementPolicy()
        policy.allow(.run, SystemFolders.standard.folders.filter { $0 != PathBytes("/dev") })
        policy.allow(.run, SystemFolders.standard.exceptions)
        policy.allow(.device, StandardDevices.harmless)
    }

    /// A path in the folder, with all links resolved.
    func path(_ name: String) throws -> PathBytes {
        PathBytes(try FileSystem.canonical(folder.path).appending(name))
    }

    /// What a command printed, and its exit status.
    func run(_ command: String, environment: [String: String] = [:]) throws -> (
        output: String, status: Int32?
    ) {
        let prepared = PreparedPolicy(policy, support: support)
        let ruleset = try prepared.ruleset()
        let pipe = try ClosablePipe()
        let place = try FileSystem.canonical(folder.path)
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", command],
                environment: ["PATH": "/usr/bin:/bin", "F": place.text].merging(environment) { $1 },
                output: pipe.writing, restriction: prepared.restriction(ruleset)))
        pipe.closeWriting()
        return (ConfinedShell.text(of: pipe), child.reap().status)
    }

    static func text(of pipe: ClosablePipe) -> String {
        var bytes: [UInt8] = []
        while true {
            _ = Poller.readable([pipe.reading], milliseconds: 60_000)
            let (more, isAtEnd) = DescriptorReading.available(pipe.reading, limit: 65536)
            bytes += more
            if isAtEnd || more.isEmpty { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// A fresh folder that is removed with its last user.
final class OwnFolder {
    let path: FilePath

    init() throws {
        let parent = try FileSystem.canonical("/tmp")
        path = parent.appending("sluice-confinement-\(getpid())-\(UInt64.random(in: 0...(.max)))")
        try FileSystem.makeDirectory(path)
    }

    deinit { try? FileSystem.removeTree(path) }
}

extension ConfinementSupport {
    /// True where the kernel can do all that these tests are about.
    static let isComplete = ConfinementSupport.ofThisKernel().notice == nil
}
