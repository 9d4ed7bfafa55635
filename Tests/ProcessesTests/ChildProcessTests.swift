import Files
import Glibc
import TestSupport
import Testing

@testable import Processes

struct ChildProcessTests {
    /// Runs a shell command and returns what it printed and how it ended.
    private func shell(
        _ command: String, environment: [String: String] = [:]
    ) throws -> (output: String, ending: ChildProcess.Ending) {
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

    @Test func aSignalIsNoStatus() throws {
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

    @Test func whatIsNotThereCannotBeStarted() throws {
        let pipe = try ClosablePipe()
        #expect(throws: ProcessError.self) {
            try ChildProcess(
                ChildProcess.Specification(
                    executable: "/no/such/program", arguments: [], environment: [:], output: pipe.writing))
        }
    }

    @Test func processesAreFoundByTheirEnvironment() throws {
        let mark = "SLUICE_TEST_MARK=\(getpid())-\(UInt64.random(in: 0...(.max)))"
        let pipe = try ClosablePipe()
        let parts = mark.split(separator: "=").map(String.init)
        let child = try ChildProcess(
            ChildProcess.Specification(
                executable: "/bin/sleep", arguments: ["600"], environment: [parts[0]: parts[1]],
                output: pipe.writing))
        // A process that has only just begun has no environment yet.
        var found: [Int32] = []
        for _ in 0..<1000 {
            found = ProcessTable.processes(withEnvironment: mark)
            if !found.isEmpty { break }
            usleep(10_000)
        }
        #expect(found == [child.number])
        ProcessTable.killAll(withEnvironment: mark)
        // Where it was not found, it is not waited for.
        if found.isEmpty { child.kill() }
        #expect(child.reap().signal == SIGKILL)
        #expect(ProcessTable.processes(withEnvironment: mark).isEmpty)
    }
}
