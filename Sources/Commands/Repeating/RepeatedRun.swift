import ArtifactStore
import Clocks
import Dataflow
import Digests
import Execution
import Files
import Glibc

/// A run that finds everything as an earlier run of the same command line left it.
///
/// Everything that could make a difference is checked as in any other run: each external file and folder, and each row of the
/// store that looking up the stages would read. Only the conclusions are not drawn again. If there is any doubt, the run takes
/// its usual course as if nothing had happened.
struct RepeatedRun {
    let remembered: RememberedRun
    let run: RunID
    /// How long it took.
    let seconds: Double

    /// The outcome of trying to repeat a run.
    enum Attempt {
        case repeated(RepeatedRun)
        /// Something is different; the store may be open by now.
        case different(OpenedStore?)
    }

    /// How this run sees the paths that commands have read.
    private struct CurrentState {
        let store: ArtifactStore
        let surroundings: RunSurroundings

        /// True if a command would find the same now as it did then.
        func shows(_ snapshots: [RememberedRun.Snapshot]) throws -> Bool {
            guard !snapshots.isEmpty else { return true }
            let places = StagePlaces(environment: surroundings.environment, hidden: store.ownPaths)
            let view = places.fileView(of: store, observes: true)
            var evaluator = SnapshotEvaluator(
                node: { [store] in try store.discoveries.node($0) }, state: view.state)
            return try snapshots.allSatisfy {
                try evaluator.snapshot(ofPathSet: $0.pathSet) == $0.digest
            }
        }
    }

    /// Repeats the latest run of a pipeline file, if everything is as that run left it.
    static func attempt(
        _ session: Session, file: String, _ surroundings: RunSurroundings
    ) throws -> Attempt {
        // If nothing reads the report any more, the run continues.
        signal(SIGPIPE, SIG_IGN)
        let started = WallClock.seconds()
        let clock = MonotonicClock.seconds()
        guard let remembered = RememberedRun.read(session, file: file),
            surroundings.digest == remembered.surroundings, remembered.hasEqualTexts(),
            remembered.hasEqualMatches(session),
            let caches = try? session.sharedCaches(of: nil), caches.isEmpty
        else { return .different(nil) }
        let opened = try OpenedStore(session)
        let store = opened.store
        guard opened.sweptCount == 0,
            (try? store.lookingUp({
                try remembered.hasEqualSources(store)
                    && CurrentState(store: store, surroundings: surroundings).shows(remembered.snapshots)
                    && remembered.isPublished(store)
            })) == true,
            let run = try store.runs.record(
                repeating: remembered.run, image: remembered.image, started: started)
        else { return .different(opened) }
        return .repeated(
            RepeatedRun(remembered: remembered, run: run, seconds: MonotonicClock.seconds() - clock))
    }

    /// The report for the user.
    func text(_ style: TextStyle) -> String {
        let ending = RunEnding(
            repeated: run, pipeline: remembered.pipeline, stages: remembered.stages, seconds: seconds,
            published: remembered.published.map { ($0.file, $0.path) })
        return RunLines(style: style).line(ofCached: remembered.names) + "\n" + ending.text(style)
    }
}

extension RememberedRun {
    /// The maximum size of a file, in bytes: a few hundred for each path.
    private static let largest = 64 << 20

    /// Where the latest run of a pipeline file is remembered.
    static func path(_ session: Session, file: String) -> FilePath {
        WorkFolder.remembered(besideStore: session.storePath).appending(
            SHA256.digest(of: file).hexadecimal)
    }

    /// What is remembered of the latest run of a pipeline file; nil if nothing is.
    static func read(_ session: Session, file: String) -> RememberedRun? {
        let path = path(session, file: file)
        guard (try? FileStatus(of: path, followsLinks: false).kind) == .file,
            let bytes = try? FileContents.read(path, limit: largest)
        else { return nil }
        return RememberedRun(bytes: bytes)
    }

    /// Remembers a run for the next one. If this fails, the next run just takes its usual course.
    func write(_ session: Session, file: String) {
        let path = Self.path(session, file: file)
        do {
            try FileSystem.makeDirectories(path.parent)
            try FileContents.overwrite(path, with: bytes)
        } catch {
            try? FileSystem.removeFile(path)
        }
    }

    /// True if the texts from which the pipeline is built have not changed.
    func hasEqualTexts() -> Bool {
        texts.allSatisfy { text in
            let path = FilePath(text.path)
            // A file that can be read only once, such as a pipe, must not be read here.
            guard (try? FileStatus(of: path).kind) == .file,
                let bytes = try? FileContents.read(path, limit: Session.largestFile)
            else { return false }
            return SHA256.digest(of: bytes) == text.digest
        }
    }

    /// True if the patterns on which the pipeline depends still have the same matches.
    func hasEqualMatches(_ session: Session) -> Bool {
        patterns.allSatisfy { known in
            guard let pattern = try? PathPattern(known.text),
                let files = try? pattern.matches(hiding: session.hiddenEntries)
            else { return false }
            return Pattern(pattern, files) == known
        }
    }

    /// True if the external sources that stages read have not changed.
    func hasEqualSources(_ store: ArtifactStore) throws -> Bool {
        try sources.allSatisfy { source in
            guard try store.sources.digest(of: source.source) == source.digest else { return false }
            return try source.isExecutable == nil
                || store.sources.isExecutable(source.source) == source.isExecutable
        }
    }

    /// True if everything that the pipeline publishes is in its place, and nothing that it no longer publishes is.
    func isPublished(_ store: ArtifactStore) throws -> Bool {
        let recorded = try store.publications.all(ofPipeline: pipeline)
        guard recorded.count == published.count else { return false }
        return try published.allSatisfy { item in
            guard recorded[item.file] == item.artifact.digest else { return false }
            let shape: ExternalSource.Shape = item.artifact.shape == .tree ? .directory : .file
            let source = ExternalSource(path: item.path.text, shape: shape)
            guard try store.sources.digest(of: source) == item.artifact.digest else { return false }
            return try shape == .directory
                || FileStatus(of: item.path).isExecutable == item.artifact.isExecutable
        }
    }
}
