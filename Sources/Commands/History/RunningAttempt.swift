import ArtifactStore
import Dataflow
import Files
import Glibc

/// An attempt that another process is making.
struct RunningAttempt {
    private let folder: FilePath

    /// The file in a process's folder that assigns attempts to stages: a number and a name on each line.
    static func register(in folder: FilePath) -> FilePath { folder.appending("stages") }

    /// The latest attempt of a stage that is in progress; nil if there is none.
    static func latest(of stage: String, in work: WorkFolder) -> RunningAttempt? {
        let name = StageID.fileName(of: stage)
        var latest: (attempt: RunningAttempt, started: Int64)?
        for process in (try? FileSystem.names(in: work.attempts)) ?? [] {
            let parent = work.attempts.appending(process)
            let lines = (try? FileContents.readText(register(in: parent)))?.utf8.split(
                separator: UInt8(ascii: "\n"))
            for line in lines ?? [] {
                let words = line.split(separator: UInt8(ascii: " "), maxSplits: 1)
                guard words.count == 2, let found = String(words[1]), let number = String(words[0]),
                    found == name || found.utf8.starts(with: (name + "%5b").utf8)
                else { continue }
                let attempt = RunningAttempt(folder: parent.appending(number))
                guard let status = try? FileStatus(of: attempt.log),
                    status.modified >= latest?.started ?? .min
                else { continue }
                latest = (attempt, status.modified)
            }
        }
        return latest?.attempt
    }

    private var log: FilePath { folder.appending("log") }

    /// Passes the log to `body`, and whatever is added to it until the attempt has ended.
    func follow(_ body: ([UInt8]) -> Void) throws {
        let file = try File(log, .reading)
        while true {
            // Checked before the last read, so that nothing is missed.
            let isOver = !FileSystem.exists(folder) || !FileSystem.exists(log)
            while true {
                let bytes = try file.read(upTo: 65_536)
                if bytes.isEmpty { break }
                body(bytes)
            }
            if isOver { return }
            usleep(100_000)
        }
    }
}
