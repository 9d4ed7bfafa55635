import Dataflow

/// Gives each attempt to the executor of its stage: this machine, or Slurm.
final class StageExecutor: Executor {
    private let local: LocalExecutor
    private let options: RunOptions
    private let makeSlurm: () throws -> SlurmExecutor
    private var slurm: SlurmExecutor?

    /// - Parameter news: called with the indices of stages whose attempts on other machines have news, on any thread.
    init(
        store: any ArtifactStoring, options: RunOptions, pipeline: String, reporter: any Reporter,
        news: @escaping @Sendable ([Int]) -> Void
    ) {
        local = LocalExecutor(store: store, options: options)
        self.options = options
        makeSlurm = {
            guard let slurm = options.slurm else {
                throw NodeTrouble("this run cannot use Slurm")
            }
            return try SlurmExecutor(
                store: store, options: options, slurm: slurm, pipeline: pipeline, reporter: reporter,
                news: news)
        }
    }

    func start(_ attempt: Attempt) throws -> any AttemptProcess {
        guard attempt.isRemote else { return try local.start(attempt) }
        let slurm = try slurm ?? makeSlurm()
        self.slurm = slurm
        return try slurm.start(attempt)
    }

    func close() {
        local.close()
        slurm?.close()
    }
}
