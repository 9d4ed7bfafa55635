import Dataflow
import StageSchemas
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
