import Files
import Glibc
import TestSupport
import Testing

@testable import Processes

struct ChildProcessTests {
    /// Runs a shell command and returns what it printed and how it ended.
    private func shell(
        _ command: String, environment: [String: String] = [:]
    ) throws -> (output: String, ending: ProcessEnding) {
        let pipe = try ClosablePipe()
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", command], environment: environment,
                output: pipe.writing))
        pipe.closeWriting()
        var bytes: [UInt8] = []
        while true {
            _ = Poller.readable([pipe.reading], milliseconds: 10_000)
            let (more, isAtEnd) = DescriptorReading.available(pipe.reading, limit: 4096)
            bytes += more
            if isAtEnd { break }
        }
        return (String(decoding: bytes, as: UTF8.self), child.reap())
    }

    @Test func outputStatusAndEnvironmentAreTheChilds() throws {
        let (output, ending) = try shell("echo out; echo err >&2; env; exit 7", environment: ["ONLY": "this"])
        #expect(output.hasPrefix("out\nerr\n"))
        #expect(output.contains("ONLY=this\n"))
        #expect(!output.contains("HOME="))
        #expect(ending.status == 7)
        #expect(ending.signal == nil)
        #expect(ending.peakMemory > 0)
    }

    @Test func aSignalIsNotAStatus() throws {
        let (_, ending) = try shell("kill -KILL $$")
        #expect(ending.status == nil)
        #expect(ending.signal == SIGKILL)
    }

    @Test func killingEndsTheWholeGroup() throws {
        let pipe = try ClosablePipe()
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", "sleep 600 & sleep 600; wait"], environment: [:],
                output: pipe.writing))
        pipe.closeWriting()
        child.kill()
        #expect(child.reap().signal == SIGKILL)
        // The pipe ends when the last process that holds it has ended, the grandchild too.
        #expect(Poller.readable([pipe.reading], milliseconds: 10_000) == [0])
        #expect(DescriptorReading.available(pipe.reading, limit: 1).isAtEnd)
    }

    @Test func inputIsEmptyAndEventsAreDescriptorThree() throws {
        let events = try ClosablePipe()
        let output = try ClosablePipe()
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", "cat; echo event >&3"], environment: [:],
                output: output.writing, events: events.writing))
        events.closeWriting()
        output.closeWriting()
        #expect(child.reap().status == 0)
        #expect(DescriptorReading.available(events.reading, limit: 100).bytes == Array("event\n".utf8))
        #expect(DescriptorReading.available(output.reading, limit: 100).bytes.isEmpty)
    }

    @Test func startingAMissingProgramFails() throws {
        let pipe = try ClosablePipe()
        #expect(throws: ProcessError.self) {
            try ChildProcess(
                ChildProcess.Specification(
                    executable: "/no/such/program", arguments: [], environment: [:], output: pipe.writing))
        }
        #expect(throws: ProcessError.self) {
            try ChildProcess(
                ChildProcess.Specification(
                    executable: "/bin/true", arguments: ["a\u{0}b"], environment: [:], output: pipe.writing))
        }
    }
}
