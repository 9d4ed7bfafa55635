import FoundationEssentials
public import StageSchemas

/// All parameters of a stage kind, each declared once, as a property.
///
/// Schema, documentation, validation and decoding are derived from the properties: what `sluice kinds` prints, the problems
/// that `sluice check` finds, and the values that the stage sees.
///
/// ```swift
/// public struct Parameters: StageParameters {
///     @Setting(1...1_000_000, "The number of lines to keep.") var lines = 10
///     @Setting("Whether empty lines count.") var countsEmpty = true
///     public init() {}
/// }
/// ```
public protocol StageParameters: SettingRecord {
    /// Checks rules between the parameters and the given inputs.
    func validate(inputs: GivenInputs) throws(ParameterProblem)
}

extension StageParameters {
    /// Accepts any combination of inputs and parameters.
    public func validate(inputs: GivenInputs) throws(ParameterProblem) {}

    /// The parameters from checked and completed values.
    ///
    /// - Throws: `ParameterProblem` if a rule between several of them is broken.
    init(canonical values: [String: Value], inputs: GivenInputs) throws(ParameterProblem) {
        var arranged = values
        var groups: Set<String> = []
        for case .group(let name, let parameters) in Self().declarations {
            groups.insert(name)
            let members = parameters.map { ($0.name, values[$0.name] ?? .null) }
            arranged[name] = .map(Dictionary(uniqueKeysWithValues: members))
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(Value.map(arranged).json.utf8))
        } catch let problem as ParameterProblem {
            // In the file, a group's settings are among the others.
            let path =
                problem.path.first.map { groups.contains($0) } == true
                ? Array(problem.path.dropFirst()) : problem.path
            throw ParameterProblem(path: path, message: problem.message)
        } catch DecodingError.dataCorrupted(let context) {
            throw ParameterProblem(path: [], message: context.debugDescription).inside(context.codingPath)
        } catch {
            throw ParameterProblem(path: [], message: "\(error)")
        }
        try validate()
        try validate(inputs: inputs)
    }
}

/// The parameters of a kind without any.
public struct NoParameters: StageParameters {
    /// No parameters.
    public init() {}
}

extension StageSchema {
    /// The schema of a kind whose parameters are declared by a type.
    public init<Parameters: StageParameters>(
        name: String, summary: String, discussion: String = "", inputs: [InputPort] = [],
        outputs: [OutputPort], parameters: Parameters.Type = NoParameters.self
    ) {
        self.init(
            name: name, summary: summary, discussion: discussion, inputs: inputs, outputs: outputs,
            parameters: Parameters().declarations.parameters
        ) { values, inputs in
            do throws(ParameterProblem) {
                _ = try Parameters(canonical: values, inputs: inputs)
                return nil
            } catch {
                return error
            }
        }
    }
}
