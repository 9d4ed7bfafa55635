import Synchronization

/// What the engine and users need to know about a stage kind: its ports, parameters and documentation.
public struct StageSchema: Sendable {
    /// The kind's name in the pipeline file, such as `train-linear`.
    public let name: String
    /// One sentence.
    public let summary: String
    /// Paragraphs of Markdown for `sluice kinds KIND` and `Docs/kinds.md`.
    public let discussion: String
    /// What it reads.
    public let inputs: [InputPort]
    /// What it writes.
    public let outputs: [OutputPort]
    private let lazyParameters: Lazy<[Parameter]>

    /// The first rule between parameters, or between parameters and given inputs, that valid values break.
    private let brokenRule: @Sendable (_ values: [String: Value], _ inputs: GivenInputs) -> ParameterProblem?

    /// A schema.
    ///
    /// - Parameters:
    ///   - parameters: computed on first use, because most commands need those of few kinds, or none.
    ///   - brokenRule: finds what is wrong with parameters that are valid one by one, and the inputs given with them.
    public init(
        name: String, summary: String, discussion: String = "", inputs: [InputPort], outputs: [OutputPort],
        parameters: @escaping @autoclosure @Sendable () -> [Parameter],
        brokenRule:
            @escaping @Sendable (_ values: [String: Value], _ inputs: GivenInputs) ->
            ParameterProblem? = { _, _ in nil }
    ) {
        self.name = name
        self.summary = summary
        self.discussion = discussion
        self.inputs = inputs
        self.outputs = outputs
        lazyParameters = Lazy(parameters)
        self.brokenRule = brokenRule
    }

    /// The parameters.
    public var parameters: [Parameter] { lazyParameters.content }

    /// The inputs that the schema's ports get, by name.
    public func given(_ counts: [String: Int]) -> GivenInputs { GivenInputs(counts: counts, ports: inputs) }

    /// Checks a stage's parameters and fills in the defaults.
    ///
    /// - Parameters:
    ///   - inputs: the number of artifacts on each port.
    ///   - gpus: the number of GPUs that the stage reserves.
    /// - Returns: the canonical values, with every parameter present, and the problems found.
    public func validated(_ values: [String: Value], inputs: [String: Int], gpus: Int = 0) -> (
        values: [String: Value], problems: [ParameterProblem]
    ) {
        var (canonical, problems) = parameters.validated(values)
        if let problem = DeviceChoice.resolve(&canonical, of: parameters, gpus: gpus) {
            problems.append(problem)
        }
        guard problems.isEmpty, let problem = brokenRule(canonical, given(inputs)) else {
            return (canonical, problems)
        }
        return (canonical, [problem])
    }
}

/// The number of artifacts on each input port of a stage.
public struct GivenInputs: Sendable {
    fileprivate let counts: [String: Int]
    fileprivate let ports: [InputPort]

    /// The number of artifacts on a port; a name that the schema lacks is a programming error.
    public func count(_ port: String) -> Int {
        precondition(ports.contains { $0.name == port }, "there is no input port '\(port)'")
        return counts[port] ?? 0
    }

    /// Whether a port has any artifacts.
    public func contains(_ port: String) -> Bool { count(port) > 0 }
}

/// A named input of a stage kind.
public struct InputPort: Sendable, Hashable {
    /// How many artifacts a port takes.
    public enum Arity: Sendable, Hashable {
        /// Exactly one.
        case one
        /// Zero or one.
        case optional
        /// One or more: a gather such as `model[*]`, a list, or a single one.
        case many
        /// Zero or more.
        case any
    }

    /// The name under `inputs:`.
    public let name: String
    /// How many artifacts it takes.
    public let arity: Arity
    /// One sentence for users.
    public let help: String

    /// An input port of exactly one artifact.
    public init(_ name: String, _ help: String) { self.init(name, .one, help) }

    /// An input port.
    public init(_ name: String, _ arity: Arity, _ help: String) {
        self.name = name
        self.arity = arity
        self.help = help
    }
}

/// A named output of a stage kind.
public struct OutputPort: Sendable, Hashable {
    /// The name after the dot in `stage.output`.
    public let name: String
    /// The file's name in the output folder, such as `rows.parquet`.
    public let fileName: String
    /// True for a directory tree.
    public let isDirectory: Bool
    /// One sentence for users.
    public let help: String

    /// An output port.
    public init(_ name: String, _ fileName: String, isDirectory: Bool = false, _ help: String) {
        self.name = name
        self.fileName = fileName
        self.isDirectory = isDirectory
        self.help = help
    }
}

/// A value that is computed on first use and kept.
private final class Lazy<Content: Sendable>: Sendable {
    private let made = Mutex<Content?>(nil)
    private let make: @Sendable () -> Content

    init(_ make: @escaping @Sendable () -> Content) { self.make = make }

    var content: Content {
        made.withLock { made in
            if let made { return made }
            let content = make()
            made = content
            return content
        }
    }
}
