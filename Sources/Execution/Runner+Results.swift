import Dataflow
import Digests
import Files
import Processes

extension Runner {
    /// Records what became of a stage, and tells everybody.
    func finish(_ index: Int, _ result: StageResult, _ ending: SchedulerState.Ending) {
        results[index] = result
        pending[index] = nil
        committer?.add(result)
        reporter.report(.stageFinished(result))
        if state.ending(of: index) == nil { state.finished(index, ending) }
        // Those that have waited for it find its result, or do the work themselves.
        for sharer in sharers.removeValue(forKey: index) ?? [] { state.missed(sharer) }
    }

    func fail(_ index: Int, key: Key?, reasons: [Staleness], _ message: String) {
        let stage = selection.stages[index]
        let result = StageResult(
            stage: stage.id, kind: stage.work.kindName, key: key, disposition: .failed, reasons: reasons,
            message: message)
        finish(index, result, .failed)
    }

    /// A claimed stage was not to be finished.
    func end(_ index: Int, canceled message: String) {
        let stage = selection.stages[index]
        let key = pending[index]?.key
        if let key { try? store.release(key) }
        let result = StageResult(
            stage: stage.id, kind: stage.work.kindName, key: key, disposition: .canceled, message: message)
        finish(index, result, .canceled)
    }

    /// Records the stages that never had their turn.
    func recordUnrun(_ committer: Committer) {
        for index in results.indices where results[index] == nil {
            let stage = selection.stages[index]
            let disposition: Disposition = state.ending(of: index) == .skipped ? .skipped : .canceled
            let result = StageResult(
                stage: stage.id, kind: stage.work.kindName, key: nil, disposition: disposition)
            results[index] = result
            committer.add(result)
            reporter.report(.stageFinished(result))
        }
    }

    /// A result that could not be made durable is a failure of its stage.
    func collectCommitFailures() {
        for (result, error) in committer?.takeFailures() ?? [] {
            storeTrouble = storeTrouble ?? error
            guard let index = selection.index(of: result.stage), result.disposition == .ran else { continue }
            let failure = StageResult(
                stage: result.stage, kind: result.kind, key: result.key, disposition: .failed,
                reasons: result.reasons, message: "its result could not be stored: \(error)")
            results[index] = failure
            reporter.report(.stageFinished(failure))
            state.stop()
        }
    }

    /// Copies what the pipeline publishes to its folder, where it is not there already.
    func publish() throws -> [(file: String, path: FilePath)] {
        var published: [(file: String, path: FilePath)] = []
        for publication in pipeline.publications {
            guard let index = selection.index(of: publication.source.stage),
                results[index]?.disposition == .ran || results[index]?.disposition == .cached,
                let artifact = traces[index]?.outputs[publication.source.output]
            else { continue }
            let path = options.publicationFolder.appending(pipeline.name).appending(publication.fileName)
            let shape: ExternalSource.Shape = artifact.shape == .tree ? .directory : .file
            let existing = try? store.digest(of: ExternalSource(path: path.text, shape: shape))
            if existing != artifact.digest {
                try store.export(artifact.digest, to: path)
                reporter.report(.published(file: publication.fileName, path: path.text))
            }
            published.append((publication.fileName, path))
        }
        return published
    }

    /// Gives up what was claimed for stages that have not had their turn.
    func releaseClaimsAhead() { try? store.release(claimsAhead.takeAll()) }

    /// Ends all attempts at once: the run cannot go on.
    func abandon() {
        for attempt in attempts.values {
            attempt.process?.kill()
            _ = attempt.process?.reap()
            try? store.release(attempt.key)
            AttemptFolders.remove(attempt.folder)
        }
        attempts = [:]
        releaseClaimsAhead()
        guardian?.dismiss()
    }
}
