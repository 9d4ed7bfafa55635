import ArtifactStore
import Dataflow
import Execution
import Files
import Remotes

/// The shared caches of a run: where it looks for results, and where it uploads them afterwards. Trouble with a cache never
/// fails a run.
struct RunSharing {
    private let session: Session
    private let store: ArtifactStore
    private let reporter: any Reporter
    /// Where results are looked for; nil if nowhere.
    let source: SharedCaches?
    private var uploads: [RemoteCache] = []
    /// How long a cache may be unresponsive, in seconds.
    private let patience: Double

    /// - Parameter signingKey: the file of the signing key, if the command line names one.
    init(
        _ session: Session, _ store: ArtifactStore, _ pipeline: Pipeline, view: ResultFinder.FileView,
        signingKey: String?, reporter: any Reporter
    ) throws {
        self.session = session
        self.store = store
        self.reporter = reporter
        patience = 6 * (try session.remotePatience())
        let caches = try session.sharedCaches(of: pipeline)
        guard !caches.isEmpty else {
            source = nil
            return
        }
        let directory = FileSystem.workingDirectory()
        let branch = MainBranch { session.terminal.variable($0) }
        var sources: [RemoteCache] = []
        do {
            let index = try session.remoteIndex(of: store)
            for cache in caches {
                let pushes =
                    cache.push == .always || cache.push == .mainOnly && branch.isCurrent(in: directory)
                do {
                    if cache.pulls { sources.append(try session.open(cache, index, uploads: false)) }
                } catch {
                    reporter.report(.notice("\(error); the run continues without this cache"))
                    continue
                }
                do {
                    if pushes {
                        uploads.append(
                            try session.open(cache, index, signingKey: signingKey, uploads: true))
                    }
                } catch {
                    reporter.report(.notice("\(error); nothing is uploaded to \(cache.address)"))
                }
            }
        } catch {
            reporter.report(.notice("\(error); the run continues without shared caches"))
        }
        source =
            sources.isEmpty
            ? nil
            : try session.source(sources, store, view) { [reporter] in reporter.report(.notice($0)) }
    }

    /// Uploads what a run has produced or found, and reports what was fetched and uploaded.
    func finish(_ summary: RunSummary, ofPipeline pipeline: String, isInterrupted: () -> Bool) {
        reportSources()
        let results = summary.results.compactMap { result -> OutgoingResult? in
            guard result.disposition == .ran || result.disposition == .cached, let trace = result.trace
            else { return nil }
            return OutgoingResult(pipeline: pipeline, stage: result.stage.description, trace: trace)
        }
        guard !results.isEmpty, !uploads.isEmpty, !isInterrupted() else { return }
        withoutActuallyEscaping(isInterrupted) { isInterrupted in
            let uploading = Uploading(store: store, patience: patience, isInterrupted: isInterrupted)
            let unreachable = source?.unreachable ?? []
            for remote in uploads {
                // It would be waited for once more.
                guard !unreachable.contains(remote.storage.address) else {
                    reporter.report(
                        .notice(
                            "nothing was uploaded to \(remote.storage.address); `sluice push` uploads what is missing"
                        ))
                    continue
                }
                switch uploading.upload(results, to: remote, asksAgain: false) {
                case .failed(let error):
                    reporter.report(.notice("\(error); `sluice push` uploads what is missing"))
                case .interrupted:
                    return reporter.report(.notice(Uploading.interruption(remote.storage.address)))
                case .done(let report):
                    for notice in report.notices.prefix(10) { reporter.report(.notice(notice)) }
                    guard report.new > 0 else { continue }
                    reporter.report(.notice(Self.sentence(report, remote.storage.address)))
                }
            }
        }
    }

    /// The report of an upload.
    static func sentence(_ report: UploadReport, _ address: String) -> String {
        "uploaded \(Amounts.count(report.new, "result")) to \(address): \(Amounts.bytes(report.bytes))"
    }

    private func reportSources() {
        guard let report = source?.report, report.results > 0 else { return }
        for (address, count) in report.sources.sorted(by: { $0.key < $1.key }) {
            reporter.report(.notice("\(Amounts.count(count, "result")) came from \(address)"))
        }
    }
}
