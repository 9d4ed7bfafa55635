import Files
import FoundationEssentials
public import StageSchemas

/// The stage kinds that a binary knows, each with the fingerprint of its sources.
public struct KindRegistry: Sendable {
    private let kinds: [String: any StageKind.Type]
    private let fingerprints: [String: String]

    /// A registry of kinds; `fingerprints` maps a kind's name to the hexadecimal digest of its sources.
    ///
    /// - Precondition: every kind has a name of its own, and none is called `run`, as shell commands are.
    public init(_ kinds: [any StageKind.Type], fingerprints: [String: String]) {
        self.kinds = Dictionary(kinds.map { ($0.schema.name, $0) }) { first, second in
            preconditionFailure("\(first) and \(second) are both called '\(first.schema.name)'")
        }
        precondition(self.kinds["run"] == nil, "a kind cannot be called 'run': shell commands are")
        self.fingerprints = fingerprints
    }

    /// The schemas, by name.
    public var schemas: [StageSchema] {
        kinds.values.map { $0.schema }.sorted { $0.name < $1.name }
    }

    /// The hexadecimal digest of a kind's sources.
    public func fingerprint(of kind: String) -> String? { fingerprints[kind] }

    /// Does what a request asks, in this process.
    ///
    /// - Throws: `StageFailure` where the kind is unknown, its code is not what the plan was made with, or an
    ///   output is missing; else what the stage throws.
    public func perform(
        _ request: WorkerRequest, report: @escaping @Sendable (StageEvent) -> Void
    ) throws {
        guard let kind = kinds[request.kind] else {
            throw StageFailure("this binary has no stage kind '\(request.kind)'")
        }
        guard fingerprints[request.kind] == request.fingerprint else {
            throw StageFailure(
                "the code of '\(request.kind)' changed while the run was on; run again to use the new code")
        }
        let context = StageContext(
            inputs: request.inputs.mapValues { inputs in
                inputs.map { StageContext.Input(path: FilePath($0.path), coordinates: $0.coordinates) }
            },
            outputs: request.outputs.mapValues { FilePath($0) }, scratch: FilePath(request.scratch),
            resume: request.resume.map { FilePath($0) }, threads: request.threads, report: report)
        try kind.run(parameters: request.parameters, in: context)
    }
}

extension StageKind {
    /// Checks and decodes `values`, then runs. What tests call.
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
