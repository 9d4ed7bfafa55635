import Dataflow
import Digests
import StageSchemas
import Synchronization
import Testing

@testable import Commands

private func result(
    _ name: String, _ disposition: Disposition, reasons: [Staleness] = [], message: String? = nil
) -> StageResult {
    StageResult(
        stage: StageID(name), kind: "run", key: nil, disposition: disposition, reasons: reasons,
        message: message)
}

@Test func cachedStagesShareALine() {
    var lines = RunLines(style: .plain)
    var text: [String] = []
    for number in 0..<10 {
        text += lines.lines(for: .stageFinished(result("s\(number)", .cached)), showsStarts: true)
    }
    #expect(text.isEmpty)
    text += lines.lines(
        for: .stageStarted(StageID("t"), attempt: 2, reasons: [.codeChanged], expected: nil),
        showsStarts: true)
    #expect(
        text == [
            "cached   s0, s1, s2, s3, s4, s5, s6, s7 and 2 more", "start    t (attempt 2) (code changed)",
        ])
    text = lines.lines(for: .stageFinished(result("t", .failed, message: "bad\u{1B}[2J")), showsStarts: true)
    #expect(text == ["failed   t: bad\\u{1b}[2J"])
    #expect(lines.lines(for: .runFinished(.failed, seconds: 1), showsStarts: true).isEmpty)
}

private func progress(_ events: [(Double, RunEvent)], durations: [String: Double] = [:]) -> RunProgress {
    var progress = RunProgress(stages: [StageID("a"), StageID("b"), StageID("c")], durations: durations)
    for (now, event) in events { progress.take(event, now: now) }
    return progress
}

private let started: [(Double, RunEvent)] = [
    (0, .runStarted(pipeline: "p", stages: 3)), (0, .stageFinished(result("a", .cached))),
    (1, .stageStarted(StageID("b"), attempt: 1, reasons: [], expected: 10)),
    (2, .progress(StageID("b"), done: 500, total: 2000, unit: "rows")),
]

@Test func theFrameShowsWhatRunsAndWhatIsLeft() {
    let lines = LiveFrame.lines(
        progress(started, durations: ["a": 1, "b": 10, "c": 4]), now: 3, columns: 100, rows: 24, cpus: 1,
        style: .plain)
    #expect(
        lines == [
            "  b  ████░░░░░░░░░░░░  2.0 s  500 of 2,000 rows",
            "1 of 3 · 1 cached · 1 running · about 12.0 s left",
        ])
}

@Test func stagesWithoutADurationAreCounted() {
    let lines = LiveFrame.lines(
        progress(started, durations: ["b": 10]), now: 3, columns: 100, rows: 24, cpus: 2, style: .plain)
    #expect(lines.last == "1 of 3 · 1 cached · 1 running · about 8.0 s left and 1 stage never timed")
}

@Test(arguments: [10, 20, 40, 80, 200], [2, 3, 5, 24])
func theFrameFitsAnyTerminal(columns: Int, rows: Int) {
    var events: [(Double, RunEvent)] = [(0, .runStarted(pipeline: "p", stages: 50))]
    for number in 0..<30 {
        let name = String(repeating: "名前", count: number) + "-\(number)"
        events.append((0, .stageStarted(StageID(name), attempt: 1, reasons: [], expected: nil)))
        events.append((0, .progress(StageID(name), done: number, total: nil, unit: "rows")))
    }
    events.append((0, .waiting(StageID("w"), holder: "process 7 on a host with a long name")))
    let lines = LiveFrame.lines(
        progress(events), now: 5, columns: columns, rows: rows, cpus: 2, style: .plain)
    #expect(lines.count <= max(2, rows - 1))
    #expect(lines.allSatisfy { DisplayWidth.of($0) < columns })
}

@Test func finishedStagesLeaveTheFrame() {
    var state = progress(started)
    state.take(.stageFinished(result("b", .ran)), now: 4)
    state.take(.draining, now: 4)
    let lines = LiveFrame.lines(state, now: 5, columns: 80, rows: 24, cpus: 2, style: .plain)
    #expect(lines == ["2 of 3 · 1 ran · 1 cached · stopping"])
}

@Test func colorsTakeNoSpace() {
    let style = TextStyle(isColored: true)
    #expect(LiveReporter.visibleWidth(style.red("漢") + style.bold("ab")) == 4)
}

@Test func anOverdueStageStillHasTimeLeft() {
    let events: [(Double, RunEvent)] = [
        (0, .runStarted(pipeline: "p", stages: 2)), (0, .stageFinished(result("a", .cached))),
        (1, .stageStarted(StageID("b"), attempt: 1, reasons: [], expected: 10)),
    ]
    func lines(_ now: Double, _ durations: [String: Double]) -> [String] {
        LiveFrame.lines(
            progress(events, durations: durations), now: now, columns: 100, rows: 24, cpus: 2, style: .plain)
    }
    #expect(
        lines(15, ["b": 10, "a": 1]) == [
            "  b  ███████████████░  14.0 s, 4.0 s longer than before",
            "1 of 2 · 1 cached · 1 running · 1 stage never timed left",
        ])
    #expect(
        lines(15, ["b": 10, "a": 1, "c": 3]).last
            == "1 of 2 · 1 cached · 1 running · about 2.0 s left")
    #expect(
        lines(10.9999, ["b": 10, "a": 1, "c": 0]).last == "1 of 2 · 1 cached · 1 running · about 1.0 s left")
    #expect(
        lines(12, ["b": 10, "a": 1, "c": 0]).last
            == "1 of 2 · 1 cached · 1 running · 1.0 s longer than before")
}

private let instances = (0..<300).map { number in
    StageID("train", [StageID.Coordinate(axis: "k", value: .integer(number))])
}

private func ended(_ stage: StageID, _ disposition: Disposition, _ message: String? = nil) -> RunEvent {
    .stageFinished(
        StageResult(stage: stage, kind: "run", key: nil, disposition: disposition, message: message))
}

@Test func manyInstancesAreFewLines() {
    var lines = RunLines(style: .plain, stages: instances + [StageID("a")])
    var text: [String] = []
    for (number, stage) in instances.enumerated() {
        if number % 10 == 9 {
            text += lines.lines(for: ended(stage, .cached), showsStarts: true)
            continue
        }
        text += lines.lines(
            for: .stageStarted(stage, attempt: 1, reasons: [.neverRan], expected: nil), showsStarts: true)
        text += lines.lines(
            for: ended(stage, number % 40 == 0 ? .failed : .ran, "no"), showsStarts: true)
    }
    #expect(text.prefix(2) == ["start    train: 300 instances", "failed   train[k=0]: no"])
    #expect(text.filter { $0.hasPrefix("failed   train[") }.count == 5)
    #expect(
        text.last
            == "failed   train: 300 instances, 262 ran, 30 cached, 8 failed in 0.00 s of work (never ran)")
    #expect(text.count == 7)
    // On a terminal, what runs is drawn; only failures and the end stay.
    var live = RunLines(style: .plain, stages: instances)
    text = []
    for stage in instances { text += live.lines(for: ended(stage, .cached), showsStarts: false) }
    text += live.lines(for: .runFinished(.succeeded, seconds: 1), showsStarts: false)
    #expect(text == ["cached   train (300 instances)"])
}

/// What takes long says how far it is, from time to time.
@Test func slowInstancesHaveLinesAboutTheirProgress() {
    let clock = Atomic(0)
    var lines = RunLines(style: .plain, stages: instances) { Double(clock.load(ordering: .relaxed)) }
    var text: [String] = []
    for stage in instances.prefix(20) {
        text += lines.lines(
            for: .stageStarted(stage, attempt: 1, reasons: [.neverRan], expected: nil), showsStarts: true)
        clock.add(4, ordering: .relaxed)
        text += lines.lines(for: ended(stage, .ran), showsStarts: true)
    }
    #expect(
        text.prefix(3) == [
            "start    train: 300 instances", "running  train: 3 of 300 instances",
            "running  train: 6 of 300 instances",
        ])
    #expect(text.count == 7)
}

@Test func aRunThatEndsEarlySaysHowFarItCame() {
    var lines = RunLines(style: .plain, stages: instances)
    for stage in instances.prefix(7) { _ = lines.lines(for: ended(stage, .ran), showsStarts: false) }
    #expect(
        lines.lines(for: .runFinished(.interrupted, seconds: 1), showsStarts: false) == [
            "ran      train: 300 instances, 7 ran in 0.00 s of work"
        ])
}

@Test func manyInstancesAreOneLineOfTheFrame() {
    var state = RunProgress(stages: instances + [StageID("a")])
    state.take(.runStarted(pipeline: "p", stages: 301), now: 0)
    for stage in instances.prefix(75) { state.take(ended(stage, .ran), now: 1) }
    state.take(ended(instances[75], .failed), now: 1)
    for stage in instances.suffix(4) {
        state.take(.stageStarted(stage, attempt: 1, reasons: [], expected: nil), now: 2)
    }
    state.take(.stageStarted(StageID("a"), attempt: 1, reasons: [], expected: nil), now: 3)
    #expect(
        LiveFrame.lines(state, now: 5, columns: 100, rows: 24, cpus: 4, style: .plain) == [
            "  train  ████░░░░░░░░░░░░  76 of 300 instances, 1 failed  4 running for 3.0 s",
            "  a      ················  2.0 s", "76 of 301 · 75 ran · 1 failed · 5 running",
        ])
}

@Test func verboseLinesTellAll() {
    var lines = RunLines(style: .plain, stages: instances, isVerbose: true)
    let material = KeyMaterial(
        .command(
            KeyMaterial.Command(text: "echo a\nsleep 1\n", outputs: ["o": "o"], environment: ["LANG": "C"])),
        inputs: ["rows": [KeyMaterial.Element(digest: SHA256.digest(of: "x"))]])
    var text = lines.lines(
        for: .stageStarted(
            instances[0], attempt: 1,
            reasons: [.parametersChanged(name: "a", from: .integer(1), to: .integer(2))], expected: nil),
        showsStarts: false)
    text += lines.lines(
        for: .attempt(
            instances[0],
            AttemptDescription(
                key: Key(material), material: material, arguments: ["/bin/bash", "-eu", "a b"],
                folder: "work/1", confinement: .confined,
                resources: Stage.Resources(cpus: 2, memory: 1_500_000_000))), showsStarts: false)
    text += lines.lines(for: .action("sbatch: job 7"), showsStarts: false)
    let trace = Trace(
        key: Key(material), material: material,
        outputs: ["o": Artifact(digest: SHA256.digest(of: "o"), shape: .file, size: 2000)],
        cost: Cost(wallSeconds: 2, cpuSeconds: 1, peakMemory: 3_000_000))
    text += lines.lines(
        for: .stageFinished(
            StageResult(stage: instances[0], kind: "run", key: trace.key, disposition: .ran, trace: trace)),
        showsStarts: false)
    text += lines.lines(
        for: .stageFinished(
            StageResult(stage: instances[1], kind: "run", key: trace.key, disposition: .cached, trace: trace)),
        showsStarts: false)
    #expect(
        text == [
            "start    train[k=0]", "         because  The parameter 'a' was 1 and is now 2.",
            "         key      \(Key(material))",
            "         input    rows: \(SHA256.digest(of: "x").abbreviated)", "         variable LANG=C",
            "         command  echo a", "                  sleep 1",
            "         program  /bin/bash -eu 'a b'",
            "         runs     here, confined, with 2 CPUs, 1.5 GB of memory, in work/1",
            "executor sbatch: job 7", "ran      train[k=0] in 2.0 s",
            "         output   o: \(SHA256.digest(of: "o").abbreviated), 2.0 kB",
            "         cost     1.0 s of CPU time, at most 3.0 MB of memory",
            "cached   train[k=1], key \(trace.key.digest.abbreviated)",
        ])
    // Without it, none of that.
    var plain = RunLines(style: .plain)
    #expect(plain.lines(for: .action("sbatch: job 7"), showsStarts: true).isEmpty)
}
