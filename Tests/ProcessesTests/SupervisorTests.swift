import Files
import Glibc
import Processes
import TestSupport
import Testing

@Suite struct SupervisorTests {
    /// Runs a shell command under a supervisor, and returns what it printed and how it ended.
    private func shell(
        _ command: String, environment: [String: String] = [:], under supervisor: Supervisor? = nil,
        restriction: ProcessRestriction? = nil
    ) throws -> (output: String, ending: Supervisor.Ending) {
        let supervisor = try supervisor ?? Supervisor()
        let pipe = try ClosablePipe()
        try supervisor.start(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", command], environment: environment,
                output: pipe.writing, restriction: restriction))
        pipe.closeWriting()
        // The pipe is at its end when the last process that holds it has ended, wherever that is.
        let output = read(pipe)
        return (output, try ending(of: supervisor))
    }

    private func read(_ pipe: ClosablePipe) -> String {
        var bytes: [UInt8] = []
        while true {
            guard !Poller.readable([pipe.reading], milliseconds: 60_000).isEmpty else {
                Issue.record("the output does not end")
                break
            }
            let (more, isAtEnd) = DescriptorReading.available(pipe.reading, limit: 4096)
            bytes += more
            if isAtEnd { break }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func ending(of supervisor: Supervisor) throws -> Supervisor.Ending {
        for _ in 0..<600 {
            _ = Poller.readable([supervisor.descriptor], milliseconds: 100)
            if let ending = supervisor.takeEnding() { return ending }
        }
        throw ProcessError(code: ETIMEDOUT, operation: "wait for the end")
    }

    /// The ending of a program that ran, and whether it left processes.
    private func ended(
        _ ending: Supervisor.Ending
    ) throws -> (status: Int32?, signal: Int32?, left: Bool, peakMemory: Int) {
        guard case .ended(let process, let left) = ending else {
            throw ProcessError(code: ECHILD, operation: "see a process in \(ending)")
        }
        return (process.status, process.signal, left, process.peakMemory)
    }

    @Test func outputStatusAndEnvironmentAreThePrograms() throws {
        let (output, ending) = try shell("echo out; echo err >&2; env; exit 7", environment: ["ONLY": "this"])
        #expect(output.hasPrefix("out\nerr\n"))
        #expect(output.contains("ONLY=this\n") && !output.contains("HOME="))
        let process = try ended(ending)
        #expect(process.status == 7 && process.signal == nil && process.peakMemory > 0)
        #expect(!process.left)
    }

    @Test func aSignalHasNoExitStatus() throws {
        let process = try ended(try shell("kill -KILL $$").ending)
        #expect(process.status == nil && process.signal == SIGKILL)
    }

    @Test func aProgramInheritsWhatItWasGivenAndNothingElse() throws {
        let events = try ClosablePipe()
        let output = try ClosablePipe()
        let supervisor = try Supervisor()
        let script = """
            cat; echo event >&3; ls /proc/self/fd | tr '\\n' ' '; grep SigBlk /proc/self/status
            (: < /dev/tty) 2> /dev/null && echo terminal || true
            """
        try supervisor.start(
            ChildProcess.Specification(
                executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin"],
                output: output.writing, events: events.writing))
        events.closeWriting()
        output.closeWriting()
        // Of `ls`, the last is the folder that it reads.
        #expect(read(output) == "0 1 2 3 4 SigBlk:\t0000000000000000\n")
        #expect(try ended(try ending(of: supervisor)).status == 0)
        #expect(read(events) == "event\n")
    }

    @Test func aFailedStartIsReportedAndTheSupervisorContinues() throws {
        let supervisor = try Supervisor()
        let pipe = try ClosablePipe()
        let missing = ChildProcess.Specification(
            executable: "/no/such/program", arguments: [], environment: [:], output: pipe.writing)
        try supervisor.start(missing)
        #expect(
            try ending(of: supervisor)
                == .notStarted(ProcessError(code: ENOENT, operation: "start /no/such/program")))
        #expect(try shell("echo on", under: supervisor).output == "on\n")
        var strange = missing
        strange.arguments = ["a\u{0}b"]
        #expect(throws: ProcessError.self) { try supervisor.start(strange) }
    }

    @Test func longArgumentsAndEnvironmentsArriveWhole() throws {
        let word = String(repeating: "x", count: 100_000)
        let environment = Dictionary(uniqueKeysWithValues: (0..<8).map { ("V\($0)", word) })
        let (output, _) = try shell("echo ${#V0} ${#V7}; : \(word)", environment: environment)
        #expect(output == "100000 100000\n")
    }

    /// Ways to outlive a shell: `sleep` holds the output open as long as it lives.
    static let escapes = [
        "sleep 600 &",
        "(sleep 600 &) &",
        "setsid sleep 600 &",
        "env -i /usr/bin/setsid /bin/sh -c 'setsid sleep 600 & setsid sleep 600' &",
        "(trap '' HUP INT TERM; setsid sh -c 'trap \"\" TERM HUP; (sleep 600 & sleep 600) & exit 0') &",
        "for i in 1 2 3 4 5 6 7 8 9; do setsid sh -c '(setsid sleep 600 &)' & done;",
    ]

    @Test(arguments: escapes) func nothingOutlivesAProgramThatEndsWell(escape: String) throws {
        let supervisor = try Supervisor()
        // It is given time to get away.
        let (output, ending) = try shell("\(escape) sleep 0.2; echo done", under: supervisor)
        #expect(output == "done\n")
        let process = try ended(ending)
        #expect(process.status == 0 && process.left)
        // And the next has nothing of it.
        let next = try ended(try shell("true", under: supervisor).ending)
        #expect(next.status == 0 && !next.left)
    }

    @Test(arguments: escapes) func nothingOutlivesAProgramThatIsKilled(escape: String) throws {
        let supervisor = try Supervisor()
        let pipe = try ClosablePipe()
        try supervisor.start(
            ChildProcess.Specification(
                executable: "/bin/sh",
                arguments: ["-c", "trap '' TERM; \(escape) sleep 0.2; echo ready; sleep 600; sleep 600"],
                environment: ["PATH": "/usr/bin:/bin"], output: pipe.writing))
        pipe.closeWriting()
        _ = Poller.readable([pipe.reading], milliseconds: 60_000)
        supervisor.terminate()
        supervisor.kill()
        #expect(read(pipe) == "ready\n")
        #expect(try ended(try ending(of: supervisor)).signal == SIGKILL)
    }

    @Test func aProgramMayEndOnSIGTERM() throws {
        let supervisor = try Supervisor()
        let pipe = try ClosablePipe()
        try supervisor.start(
            ChildProcess.Specification(
                executable: "/bin/sh",
                arguments: [
                    "-c",
                    "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05 2> /dev/null; done",
                ],
                environment: ["PATH": "/usr/bin:/bin"], output: pipe.writing))
        pipe.closeWriting()
        _ = Poller.readable([pipe.reading], milliseconds: 60_000)
        supervisor.terminate()
        #expect(read(pipe).hasSuffix("bye\n"))
        #expect(try ended(try ending(of: supervisor)).status == 3)
    }

    @Test func nothingOutlivesItsSupervisor() throws {
        let pipe = try ClosablePipe()
        do {
            let supervisor = try Supervisor()
            try supervisor.start(
                ChildProcess.Specification(
                    executable: "/bin/sh", arguments: ["-c", "setsid sleep 600 & echo ready; sleep 600"],
                    environment: ["PATH": "/usr/bin:/bin"], output: pipe.writing))
            pipe.closeWriting()
            _ = Poller.readable([pipe.reading], milliseconds: 60_000)
        }
        #expect(read(pipe) == "ready\n")
    }

    @Test func processesThatKeepForkingAreKilledEventually() throws {
        // Each generation lives for a moment, in its own session.
        let chain = "f() { setsid sh -c \"$1\" \"$1\" & }; f 'sleep 0.01; setsid sh -c \"$0\" \"$0\" &'"
        let (output, ending) = try shell("\(chain); sleep 0.3; echo done")
        #expect(output == "done\n")
        #expect(try ended(ending).left)
    }

    @Test func oneSupervisorRunsProgramAfterProgramAndKeepsNothing() throws {
        let supervisor = try Supervisor()
        var numbers: Set<String> = []
        for number in 0..<50 {
            let (output, _) = try shell("echo \(number); ls /proc/$PPID/fd | wc -l", under: supervisor)
            let lines = output.split(separator: "\n")
            #expect(lines.first == "\(number)")
            numbers.insert(String(lines.last ?? ""))
        }
        // The two that a program is given are closed once it has begun.
        #expect(numbers.isSubset(of: ["7", "8", "9"]))
    }

    /// A filter of this many instructions, all of which allow every call.
    private func filter(_ count: Int) -> ProcessRestriction {
        ProcessRestriction(
            calls: ProcessRestriction.Calls(filter: Array(repeating: 0x7FFF_0000_0000_0006, count: count)))
    }

    @Test func aFilterIsInstalledOnceForAllPrograms() throws {
        let supervisor = try Supervisor()
        let command = "grep -h Seccomp_filters /proc/$$/status /proc/$PPID/status | tr -dc '0-9\n'"
        for _ in 0..<3 {
            let (output, ending) = try shell(command, under: supervisor, restriction: filter(1))
            #expect(output == "1\n1\n")
            #expect(try ended(ending).status == 0)
        }
    }

    @Test func aProgramWithAnotherFilterOrNoneIsNotStarted() throws {
        let supervisor = try Supervisor()
        #expect(try ended(try shell("true", under: supervisor, restriction: filter(1)).ending).status == 0)
        for other in [filter(2), ProcessRestriction(), nil] {
            let (output, ending) = try shell("echo ran", under: supervisor, restriction: other)
            guard case .notStarted = ending, output.isEmpty else {
                Issue.record("started: \(ending)")
                continue
            }
        }
        #expect(try ended(try shell("true", under: supervisor, restriction: filter(1)).ending).status == 0)
    }

    @Test(arguments: escapes) func nothingOutlivesAProgramUnderAFilter(escape: String) throws {
        let supervisor = try Supervisor()
        for _ in 0..<2 {
            let (output, ending) = try shell(
                "\(escape) sleep 0.2; echo done", under: supervisor, restriction: filter(1))
            #expect(output == "done\n")
            #expect(try ended(ending).left)
        }
    }
}
