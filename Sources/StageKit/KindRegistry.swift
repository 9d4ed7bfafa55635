import Files
import FoundationEssentials
public import StageSchemas
import Texts

/// The stage kinds in a binary, each with the fingerprint of its sources.
public struct KindRegistry: Sendable {
    private let kinds: [String: any StageKind.Type]
    private let fingerprints: [String: String]

    /// A registry of kinds; `fingerprints` maps a kind's name to the hexadecimal digest of its sources.
    ///
    /// - Precondition: kinds have distinct names, and none is called `run`, which stands for shell commands.
    public init(_ kinds: [any StageKind.Type], fingerprints: [String: String]) {
        self.kinds = Dictionary(kinds.map { ($0.schema.name, $0) }) { first, second in
            preconditionFailure("\(first) and \(second) are both named '\(first.schema.name)'")
        }
        precondition(
            self.kinds["run"] == nil, "a kind cannot be named 'run', which stands for shell commands")
        self.fingerprints = fingerprints
    }

    /// The schemas, by name.
    public var schemas: [StageSchema] {
        kinds.values.map { $0.schema }.sorted { $0.name < $1.name }
    }

    /// The hexadecimal digest of a kind's sources.
    public func fingerprint(of kind: String) -> String? { fingerprints[kind] }

    /// Executes a request in this process.
    ///
    /// - Throws: `StageFailure` if the kind is unknown, its code differs from the plan's, or an output is missing; otherwise
    ///   whatever the stage throws.
    public func perform(
        _ request: WorkerRequest, report: @escaping @Sendable (StageEvent) -> Void
    ) throws {
        guard let kind = kinds[request.kind] else {
            throw StageFailure("this binary does not have the stage kind '\(request.kind)'")
        }
        guard fingerprints[request.kind] == request.fingerprint else {
            throw StageFailure(
                "the code of '\(request.kind)' changed during the run; run again to use the new code")
        }
        let context = StageContext(
            inputs: request.inputs.mapValues { inputs in
                inputs.map { StageContext.Input(path: FilePath($0.path), coordinates: $0.coordinates) }
            },
            outputs: request.outputs.mapValues { FilePath($0) }, scratch: FilePath(request.scratch),
            resume: request.resume.map { FilePath($0) }, threads: request.threads
        ) { event in
            if case .log(let line) = event { report(.log(request.naming(line))) } else { report(event) }
        }
        do {
            try kind.run(parameters: request.parameters, in: context)
        } catch {
            throw StageFailure(request.naming("\(error)"))
        }
    }
}

extension WorkerRequest {
    /// A message in which inputs have the names that users know instead of their paths in the attempt's folder.
    fileprivate func naming(_ message: String) -> String {
        // A path may begin with another: the longest is replaced first.
        let named = inputs.values.joined().filter { $0.name != nil }.sorted {
            ($1.path.utf8.count, $0.path) < ($0.path.utf8.count, $1.path)
        }
        return named.reduce(message) { $0.replacing(text: $1.path, with: $1.name ?? $1.path) }
    }
}

extension StageKind {
    /// Checks and decodes `values`, then runs the kind. For tests.
    public static func run(parameters values: [String: Value], in context: StageContext) throws {
        let (canonical, problems) = schema.parameters.validated(values)
        if let problem = problems.first { throw StageFailure("\(schema.name): \(problem)") }
        let parameters: Parameters
        do throws(ParameterProblem) {
            parameters = try Parameters(
                canonical: canonical, inputs: schema.given(context.inputCounts))
        } catch {
            throw StageFailure("\(schema.name): \(error)")
        }
        try run(parameters, in: context)
    }
}
