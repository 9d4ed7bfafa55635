public import Dataflow
public import Digests
import Synchronization

// The protocols document their requirements.

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: TraceStoring {
    public func trace(of key: Key) throws -> Trace? {
        try state.withLock { state in
            if state.isBroken { throw InMemoryStoreError(message: "the store is broken") }
            guard let trace = state.traces[key] else { return nil }
            return state.isWhole(trace) ? trace : nil
        }
    }

    public func latest(ofStage stage: StageID, inPipeline pipeline: String) throws -> Trace? {
        state.withLock { $0.latest[pipeline + "\u{0}" + stage.description] }
    }

    public func latestDurations(inPipeline pipeline: String) throws -> [String: Double] {
        state.withLock { state in
            var result: [String: Double] = [:]
            for (name, trace) in state.latest where name.hasPrefix(pipeline + "\u{0}") {
                result[String(name.dropFirst(pipeline.count + 1))] = trace.cost.wallSeconds
            }
            return result
        }
    }

    public func accept(
        _ trace: Trace, _ nodes: DiscoveryNodes?, ofStage stage: StageID, inPipeline pipeline: String
    ) throws {
        state.withLock { state in
            state.traces[trace.key] = trace
            state.nodes.merge(nodes?.all ?? [:]) { old, _ in old }
            state.latest[pipeline + "\u{0}" + stage.description] = trace
        }
    }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: DiscoveryStoring {
    public func pathSets(of declared: Key) throws -> [Digest] {
        state.withLock { state in
            state.traces.values.compactMap { trace in
                trace.discovered?.declared == declared ? trace.discovered?.pathSet : nil
            }
        }
    }

    public func node(_ digest: Digest) throws -> [UInt8]? { state.withLock { $0.nodes[digest] } }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: KeyClaiming {
    public func acquire(_ keys: [Key]) throws -> [Claim] {
        state.withLock { state in
            keys.map { key in
                if let trace = state.traces[key], state.isWhole(trace) { return .computed(trace) }
                if state.heldElsewhere.contains(key) { return .heldBy("another run") }
                return state.claims.insert(key).inserted ? .granted : .heldBy("this run")
            }
        }
    }

    public func release(_ keys: [Key]) throws { state.withLock { $0.claims.subtract(keys) } }

    public func renew() throws {}
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: RunRecording {
    public func begin(_ description: RunDescription) throws -> RunID {
        state.withLock { state in
            state.runs.append(description)
            return RunID(state.runs.count - 1)
        }
    }

    public func commit(_ results: [StageResult], run: RunID) throws {
        try state.withLock { state in
            if let result = results.first(where: { state.refused.contains($0.stage) }) {
                throw InMemoryStoreError(message: "\(result.stage) is refused")
            }
            let pipeline = state.runs[run.number].pipeline
            for result in results {
                state.results.append(result)
                guard let trace = result.trace else { continue }
                state.latest[pipeline + "\u{0}" + result.stage.description] = trace
                if result.disposition == .ran {
                    state.traces[trace.key] = trace
                    state.nodes.merge(result.nodes?.all ?? [:]) { old, _ in old }
                    state.claims.remove(result.claim ?? trace.key)
                }
            }
        }
    }

    public func end(_ run: RunID, outcome: RunOutcome) throws {
        state.withLock { $0.outcomes.append(outcome) }
    }
}

// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension InMemoryArtifactStore: PublicationRecording {
    public func all(ofPipeline pipeline: String) throws -> [String: Digest] {
        state.withLock { $0.publications[pipeline] ?? [:] }
    }

    public func replace(_ publications: [String: Digest], ofPipeline pipeline: String) throws {
        state.withLock { $0.publications[pipeline] = publications }
    }
}
