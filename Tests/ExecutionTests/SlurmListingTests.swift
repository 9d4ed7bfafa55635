import Dataflow
import Digests
import Files
import Testing

@testable import Execution

/// The arguments of Slurm's programs, and their output.
@Suite struct SlurmListingTests {
    @Test func jobsThatWaitAreListedTogether() {
        let text = """
            17_[3,5-7%2]|PENDING|Resources
            17_2|RUNNING|None
            17_1|CANCELLED by 1000|None
            18_0|RUNNING|None
            19|RUNNING|None
            nonsense
            17_x|RUNNING|None

            """
        let states = SlurmListing.states(text) { $0 == "17" }
        #expect(
            states.mapValues(\.meaning) == [
                SlurmJobID(number: "17", index: 1): .failed("its job was canceled"),
                SlurmJobID(number: "17", index: 2): .running, SlurmJobID(number: "17", index: 3): .pending,
                SlurmJobID(number: "17", index: 5): .pending, SlurmJobID(number: "17", index: 6): .pending,
                SlurmJobID(number: "17", index: 7): .pending,
            ])
    }

    @Test(arguments: [
        ("7", [7...7]), ("[0-3]", [0...3]), ("[1,3-4%10]", [1...1, 3...4]), ("[]", []), ("[4-3]", []),
        ("x", []),
        ("[0-99999999999]", []), ("[1-2-3]", []),
    ])
    func placesInASubmissionAreRead(_ text: String, _ expected: [ClosedRange<Int>]) {
        #expect(SlurmListing.indices(text) == expected)
    }

    private func needs(_ stage: String, group: Int = 1) -> SlurmSubmission.Needs {
        SlurmSubmission.Needs(
            stage: stage, resources: Stage.Resources(), settings: SlurmSettings(group: group))
    }

    @Test func attemptsWithTheSameNeedsAreSubmittedTogether() {
        let attempts = [
            (name: "a0", needs: needs("a", group: 2)), (name: "b0", needs: needs("b")),
            (name: "a1", needs: needs("a", group: 2)), (name: "a2", needs: needs("a", group: 2)),
            (name: "b1", needs: needs("b")), (name: "b2", needs: needs("b")),
        ]
        let submissions = SlurmSubmission.make(attempts, largestArray: 2)
        #expect(submissions.map(\.tasks) == [[["a0", "a1"], ["a2"]], [["b0"], ["b1"]], [["b2"]]])
    }

    @Test func pathsAreSafeInOptionsAndScripts() {
        let batch = SharedBatch(folder: "/it's/100%")
        let submission = SlurmSubmission(needs: needs("a"), tasks: [["x"]])
        #expect(submission.options(batch).contains("--output=/it's/100%%/%a.out"))
        #expect(
            submission.script(program: "/my programs/sluice", batch).hasSuffix(
                #"exec '/my programs/sluice' slurm-task '/it'\''s/100%'/"$SLURM_ARRAY_TASK_ID""# + "\n"))
    }

    @Test func nodesOfDiscoveriesAreReadBack() throws {
        let nodes = Dictionary(
            [[], [1], Array(repeating: 7, count: 70_000)].map { (SHA256.digest(of: $0 as [UInt8]), $0) },
            uniquingKeysWith: { first, _ in first })
        let bytes = NodesFile.bytes(of: nodes)
        #expect(NodesFile.nodes(in: bytes) == nodes)
        #expect(NodesFile.nodes(in: Array(bytes.dropLast())) == nil)
        #expect(NodesFile.nodes(in: [0, 0]) == nil)
    }

    @Test func namesOfAttemptsAreTheirKeysAndMore() {
        let key = Key(SHA256.digest(of: "x"))
        let name = SharedJob.name(of: key)
        #expect(SharedJob.isName(name) && name.hasPrefix(key.description + "."))
        for other in [
            "", key.description, key.description + ".", "x." + key.description, name + "/..", "../" + name,
        ] {
            #expect(!SharedJob.isName(other))
        }
    }

    @Test func resourcesGrowWithTheAttempts() {
        let stage = Stage(
            id: StageID("a"), work: .command(Stage.Command(segments: [])), outputs: [],
            resources: Stage.Resources(cpus: 2, memory: 100, time: .seconds(10)),
            retries: Retries(3, memoryFactor: 2, timeFactor: 1.5))
        #expect(stage.resources(ofAttempt: 1) == stage.resources)
        #expect(
            stage.resources(ofAttempt: 3) == Stage.Resources(cpus: 2, memory: 400, time: .seconds(22.5)))
        #expect(stage.resources(ofAttempt: 1000).memory == 1_000_000_000_000_000)
    }
}
