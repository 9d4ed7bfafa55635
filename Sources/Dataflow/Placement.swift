/// Where a stage runs, and with which settings; not part of its key.
public struct Placement: Sendable, Hashable, Codable {
    /// What runs stages.
    public enum Executor: String, Sendable, Hashable, Codable, CaseIterable {
        /// This machine.
        case local
        /// A cluster with Slurm.
        case slurm
    }

    /// The executor, if the file sets one.
    public var executor: Executor?
    /// The settings for Slurm.
    public var slurm: SlurmSettings

    package init(executor: Executor? = nil, slurm: SlurmSettings = SlurmSettings()) {
        self.executor = executor
        self.slurm = slurm
    }
}

/// The settings for Slurm besides a stage's resources.
public struct SlurmSettings: Sendable, Hashable, Codable {
    /// The partition; nil for the cluster's default.
    public var partition: String?
    /// The account; nil for the user's default.
    public var account: String?
    /// Further options of sbatch, as words.
    public var options: [String]
    /// Bash commands that run at the start of a job, such as `module load cuda`.
    public var setup: String
    /// How many stages one job runs, one after another.
    public var group: Int

    package init(
        partition: String? = nil, account: String? = nil, options: [String] = [], setup: String = "",
        group: Int = 1
    ) {
        self.partition = partition
        self.account = account
        self.options = options
        self.setup = setup
        self.group = group
    }
}

/// How often a stage is retried, and with which resources.
public struct Retries: Sendable, Hashable, Codable {
    /// The number of attempts after the first.
    public var times: Int
    /// The factor by which the memory grows from one attempt to the next.
    public var memoryFactor: Double
    /// The factor by which the time limit grows from one attempt to the next.
    public var timeFactor: Double

    /// Retries with the same resources, unless factors are given.
    public init(_ times: Int = 0, memoryFactor: Double = 1, timeFactor: Double = 1) {
        self.times = times
        self.memoryFactor = memoryFactor
        self.timeFactor = timeFactor
    }
}

extension Stage {
    /// The resources of an attempt; the first has the number 1.
    package func resources(ofAttempt number: Int) -> Resources {
        guard number > 1 else { return resources }
        var grown = resources
        func factor(_ base: Double) -> Double {
            var result = 1.0
            for _ in 1..<min(number, 65) { result *= base }
            return result
        }
        if let memory = resources.memory, retries.memoryFactor > 1 {
            grown.memory = Int(min(Double(memory) * factor(retries.memoryFactor), 1e15))
        }
        if let time = resources.time, retries.timeFactor > 1 {
            grown.time = .seconds(min(time / .seconds(1) * factor(retries.timeFactor), 1e9))
        }
        return grown
    }
}
