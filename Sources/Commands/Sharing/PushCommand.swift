import Arguments
import ArtifactStore
import Dataflow
import Processes
import Remotes

/// `sluice push`: uploads results to shared caches.
enum PushCommand: Command {
    struct Values: CommandValues {
        var stages: [String] = []
        var target: String?
        var run: Int?
        var sign: String?
        var directory: String?
    }

    static let syntax = CommandSyntax<Values>(
        name: "push", summary: "Upload results, and everything that they were made from, to shared caches.",
        discussion: """
            Without --to, uploads to all shared caches of the pipeline and of this folder that have `push`. What a cache already \
            has is not sent again.
            """,
        operands: [
            Operand(
                "STAGE", .any, "The stages, such as model, model[fold=0] or 'train-*'; all if none is named."
            ) {
                $0.stages.append($1)
            }
        ],
        options: [
            .text("--to", placeholder: "REMOTE", sets: \.target, "A shared cache: its name or address."),
            .integer(
                "--run", placeholder: "N", within: 1...Int.max, sets: \.run,
                "The run; default: the latest."),
            .text("--sign", placeholder: "KEY", sets: \.sign, "The file with the private key to sign with."),
            .directory(\.directory),
        ])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let store = try session.openStore(.readWrite)
        let (run, results) = try RunResults.choose(values.stages, ofRun: values.run, store, session)
        let pipeline = session.latestPipeline()
        let targets: [SharedCache]
        if let target = values.target {
            targets = [try session.sharedCache(named: target, of: pipeline)]
        } else {
            targets = try session.sharedCaches(of: pipeline).filter { $0.push != .never }
        }
        guard !targets.isEmpty else {
            throw CommandFailure.usage(
                "there is no shared cache to upload to; name one: --to file:///shared/cache"
            )
        }
        let outgoing = results.map {
            OutgoingResult(pipeline: $0.pipeline, stage: $0.stage, trace: $0.trace)
        }
        let interrupts = try Interrupts()
        let uploading = Uploading(store: store, patience: 6 * (try session.remotePatience())) {
            interrupts.take() > 0
        }
        var isComplete = true
        let index = try session.remoteIndex(of: store)
        for target in targets {
            let remote = try session.open(target, index, signingKey: values.sign, uploads: true)
            switch uploading.upload(outgoing, to: remote, asksAgain: true) {
            case .failed(let error): throw error
            case .interrupted:
                session.note(Uploading.interruption(remote.storage.address))
                return .interrupted
            case .done(let report):
                for notice in report.notices { session.note(notice) }
                isComplete = isComplete && report.notices.isEmpty
                session.note(
                    report.new > 0
                        ? RunSharing.sentence(report, remote.storage.address)
                        : "\(remote.storage.address) has \(Amounts.count(report.all, "result")) of run \(run.id) already"
                )
            }
        }
        return isComplete ? .done : .stageFailed
    }
}
