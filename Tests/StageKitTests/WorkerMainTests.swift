import Files
import FoundationEssentials
import StageKit
import StageSchemas
import Synchronization
import TestSupport
import Testing

/// Writes its text a number of times.
private enum Repeat: StageKind {
    struct Parameters: StageParameters {
        @Setting(0...1000, "How often.") var count = 2
    }

    static let schema = StageSchema(
        name: "repeat", summary: "Repeats a text.", inputs: [InputPort("text", "The text.")],
        outputs: [OutputPort("repeated", "repeated.txt", "The text, again and again.")],
        parameters: Parameters.self)

    static func run(_ parameters: Parameters, in context: StageContext) throws {
        let text = try FileContents.read(context.input("text"), limit: 1000)
        guard parameters.count != 13 else { throw StageFailure("13 is not done") }
        guard parameters.count != 14 else {
            context.log("reading \(try context.input("text"))")
            throw StageFailure("\(try context.input("text")) is not wanted 14 times")
        }
        let bytes = (0..<parameters.count).flatMap { _ in text }
        try FileContents.write(bytes, to: context.output("repeated"))
        context.metric("bytes", bytes.count)
        for done in 1...1000 { context.progress(done, of: 1000) }
    }
}

struct WorkerMainTests {
    /// What a worker did with a request.
    private struct Outcome {
        let status: Int32
        let events: [StageEvent]
        let output: String?
    }

    private func work(
        kind: String = "repeat", fingerprint: String = "1", _ parameters: [String: Value] = [:]
    ) throws -> Outcome {
        try withTemporaryFolder { folder in
            try write("ab", to: folder.appending("in.txt"))
            let request = WorkerRequest(
                kind: kind, fingerprint: fingerprint, parameters: parameters,
                inputs: [
                    "text": [
                        WorkerRequest.Input(
                            path: folder.appending("in.txt").text, coordinates: [:], name: "data/words.txt")
                    ]
                ],
                outputs: ["repeated": folder.appending("out.txt").text], scratch: folder.text, threads: 1)
            let path = folder.appending("request.json")
            try FileContents.write(Array(JSONEncoder().encode(request)), to: path)
            return try self.run(path, output: folder.appending("out.txt"))
        }
    }

    private func run(_ path: FilePath, output: FilePath) throws -> Outcome {
        let lines = Mutex<[[UInt8]]>([])
        let status = WorkerMain.run(
            requestAt: path, registry: KindRegistry([Repeat.self], fingerprints: ["repeat": "1"]),
            clock: { 0 }, write: { line in lines.withLock { $0.append(line) } })
        let events = try lines.withLock { $0 }.map { line in
            #expect(line.last == UInt8(ascii: "\n"))
            return try JSONDecoder().decode(StageEvent.self, from: Data(line))
        }
        return Outcome(
            status: status, events: events, output: FileSystem.exists(output) ? try read(output) : nil)
    }

    @Test func theResumeFolderIsCreatedOnRequest() throws {
        try withTemporaryFolder { folder in
            let resume = folder.appending("resume/key")
            let context = StageContext(
                inputs: [:], outputs: [:], scratch: folder.appending("scratch"), resume: resume)
            #expect(!FileSystem.exists(resume))
            try FileContents.write("half", to: context.resumeFolder().appending("state"))
            #expect(try read(resume.appending("state")) == "half")
            // Without an engine, a stage starts from scratch each time.
            let alone = StageContext(inputs: [:], outputs: [:], scratch: folder.appending("scratch"))
            #expect(try FileSystem.names(in: alone.resumeFolder()).isEmpty)
        }
    }

    @Test func performsARequestAndReports() throws {
        let outcome = try work(["count": 3])
        #expect(outcome.status == 0)
        #expect(outcome.output == "ababab")
        #expect(outcome.events.contains(.metric(name: "bytes", value: 6)))
        // The clock stands still: only the first and the last progress are reported.
        let progress = outcome.events.filter { if case .progress = $0 { true } else { false } }
        #expect(
            progress == [
                .progress(done: 1, total: 1000, unit: "rows"),
                .progress(done: 1000, total: 1000, unit: "rows"),
            ])
    }

    @Test func defaultsApply() throws {
        #expect(try work().output == "abab")
    }

    @Test(arguments: [
        ("unknown", "1", 2, "this binary does not have the stage kind 'unknown'"),
        (
            "repeat", "2", 2,
            "the code of 'repeat' changed during the run; run again to use the new code"
        ),
        ("repeat", "1", 13, "13 is not done"),
        ("repeat", "1", 1001, "repeat: count: 1001 is not an integer from 0 to 1000"),
    ])
    func whatCannotBeDoneIsAFailureWithAReason(
        _ kind: String, _ fingerprint: String, _ count: Int, _ reason: String
    ) throws {
        let outcome = try work(kind: kind, fingerprint: fingerprint, ["count": .integer(count)])
        #expect(outcome.status == 1)
        #expect(outcome.events == [.failure(reason)])
        #expect(outcome.output == nil)
    }

    @Test func messagesNameInputsAsUsersDo() throws {
        let outcome = try work(["count": 14])
        #expect(
            outcome.events == [
                .log("reading data/words.txt"), .failure("data/words.txt is not wanted 14 times"),
            ])
    }

    @Test func anInvalidRequestIsAFailure() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("request.json")
            try write("{", to: path)
            let outcome = try run(path, output: folder.appending("out.txt"))
            #expect(outcome.status == 1)
            #expect(outcome.events.count == 1)
        }
    }

    @Test func duplicateKindNamesAndTheNameRunTrap() async {
        await #expect(processExitsWith: .failure) {
            _ = KindRegistry([Repeat.self, Repeat.self], fingerprints: [:])
        }
        await #expect(processExitsWith: .failure) { _ = KindRegistry([Run.self], fingerprints: [:]) }
        await #expect(processExitsWith: .success) { _ = KindRegistry([Repeat.self], fingerprints: [:]) }
    }
}

/// A kind of a name that it may not have.
private enum Run: StageKind {
    static let schema = StageSchema(name: "run", summary: "", outputs: [])
    static func run(_ parameters: NoParameters, in context: StageContext) throws {}
}
