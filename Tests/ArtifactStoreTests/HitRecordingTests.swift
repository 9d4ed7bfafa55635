import ArtifactStore
import Dataflow
import Digests
import Files
import StageSchemas
import TestSupport
import Testing

@Suite struct HitRecordingTests {
    private func hit(_ stage: String, _ trace: Trace) -> StageResult {
        StageResult(stage: StageID(stage), kind: "test", key: trace.key, disposition: .cached, trace: trace)
    }

    @Test func hitsAreRecordedWithTheirTraces() throws {
        try withStore { fixture in
            // Not in the order of their names, and one of them a name of another pipeline's.
            let names = ["s2", "s10", "s1", "z[a=1]", "é"]
            let traces = try names.enumerated().map { index, name in
                try fixture.publish(
                    name, ["y": Array("\(index)".utf8)], parameters: ["v": .integer(index)],
                    pipeline: index == 0 ? "other" : "p")
            }
            let run = try fixture.beginRun()
            try fixture.store.runs.commit(zip(names, traces).map { hit($0, $1) }, run: run)
            for (name, trace) in zip(names, traces) {
                let records = try fixture.store.catalog.stageRecords(ofStage: name, run: run)
                #expect(records.map(\.disposition) == [.cached])
                #expect(records.first?.reasons == [] && records.first?.message == nil)
                #expect(records.first?.seconds == trace.cost.wallSeconds)
                let latest = try fixture.store.traces.latest(ofStage: StageID(name), inPipeline: "p")
                #expect(latest?.key == trace.key)
            }
        }
    }

    @Test func aHitIsTheLatestResultOfItsStage() throws {
        try withStore { fixture in
            let old = try fixture.publish("s", ["y": Array("old".utf8)], parameters: ["v": 1])
            let new = try fixture.publish("s", ["y": Array("new".utf8)], parameters: ["v": 2])
            func latest() throws -> Key? {
                try fixture.store.traces.latest(ofStage: StageID("s"), inPipeline: "p")?.key
            }
            #expect(try latest() == new.key)
            try fixture.store.runs.commit([hit("s", old)], run: try fixture.beginRun())
            #expect(try latest() == old.key)
        }
    }

    /// The second finds the result of the first in memory, and both are recorded in one transaction.
    @Test func aStageThatSharesTheKeyOfOneThatRanHasItsResult() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["y": Array("one".utf8)])
            let ran = StageResult(
                stage: StageID("first"), kind: "test", key: trace.key, disposition: .ran, trace: trace)
            try fixture.store.runs.commit([hit("second", trace), ran], run: try fixture.beginRun())
            for name in ["first", "second"] {
                let latest = try fixture.store.traces.latest(ofStage: StageID(name), inPipeline: "p")
                #expect(latest?.key == trace.key)
            }
        }
    }

    @Test func aHitWhoseTraceIsGoneIsRecordedWithoutIt() throws {
        try withStore { fixture in
            let trace = try fixture.captured(["y": Array("one".utf8)])
            let run = try fixture.beginRun()
            try fixture.store.runs.commit([hit("s", trace)], run: run)
            let records = try fixture.store.catalog.stageRecords(ofStage: "s", run: run)
            #expect(records.map(\.disposition) == [.cached])
            #expect(records.first?.seconds == nil)
            #expect(try fixture.store.traces.latest(ofStage: StageID("s"), inPipeline: "p") == nil)
        }
    }

    @Test func anUnknownRunIsAnErrorThatNamesIt() throws {
        try withStore { fixture in
            let trace = try fixture.publish("s", ["y": Array("one".utf8)])
            #expect(throws: StoreError.self) {
                try fixture.store.runs.commit([hit("s", trace)], run: RunID(99))
            }
        }
    }
}
