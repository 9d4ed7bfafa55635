import Dataflow
import Files

extension Runner {
    /// Handles a stage whose result was in the store.
    func end(_ index: Int, _ trace: Trace) {
        let stage = runs[index].stage
        record(
            index,
            StageResult(
                stage: stage.id, kind: stage.work.kindName, key: trace.key, disposition: .cached, trace: trace
            ),
            .done)
    }

    /// Handles a stage that failed before it could start.
    func end(_ index: Int, failure message: String, key: Key?) {
        let stage = runs[index].stage
        record(
            index,
            StageResult(
                stage: stage.id, kind: stage.work.kindName, key: key, disposition: .failed, message: message),
            .failed)
    }

    /// Handles the end of a stage's work. Stages that waited for the same key find its result or do the work themselves.
    func end(_ job: Job, _ result: StageResult, _ ending: SchedulerState.Ending) {
        record(job.index, result, ending)
        for sharer in job.sharers {
            guard case .deferred(let other, .sharing) = runs[sharer].phase else { continue }
            move(sharer, to: .queued(other))
            scheduler.missed(sharer)
        }
        job.sharers = []
    }

    private func record(_ index: Int, _ result: StageResult, _ ending: SchedulerState.Ending) {
        move(index, to: .ended(result))
        commits?.add(result)
        if commits?.isFull == true { commits?.send() }
        reports.add(result)
        if scheduler.ending(of: index) == nil { scheduler.finished(index, ending) }
        reportResults()
    }

    private func reportResults() {
        for result in reports.takeDurable() { reporter.report(.stageFinished(result)) }
    }

    /// Records the stages that never started.
    func endUnstarted() {
        for index in selection.order where runs[index].result == nil {
            let stage = runs[index].stage
            let ending = scheduler.ending(of: index) ?? .canceled
            record(
                index,
                StageResult(
                    stage: stage.id, kind: stage.work.kindName, key: nil,
                    disposition: ending == .skipped ? .skipped : .canceled), ending)
        }
    }

    /// Handles results that are durable, or could not be made durable, which fails their stages.
    func committed(_ results: [StageResultAndError]) {
        commits?.settleBatch()
        for item in results {
            guard let error = item.error else {
                reports.settle(item.result, as: item.result)
                continue
            }
            storeTrouble = storeTrouble ?? error
            guard item.result.disposition == .ran, let index = selection.index(of: item.result.stage) else {
                reports.settle(item.result, as: item.result)
                continue
            }
            let failure = StageResult(
                stage: item.result.stage, kind: item.result.kind, key: item.result.key, disposition: .failed,
                reasons: item.result.reasons, message: "its result could not be stored: \(error)")
            move(index, to: .ended(failure))
            reports.settle(item.result, as: failure)
            scheduler.stop()
        }
        reportResults()
    }
}
