public import StageSchemas

/// Declares one parameter of a stage kind at its property: allowed values, default and documentation.
///
/// The property's name is the parameter's name in the pipeline file, its type determines the allowed values, and its initial
/// value is the default. Without one, the parameter is required, except that an optional defaults to null.
///
/// ```swift
/// @Setting(0...0.99, "The dropout rate of the inputs.") var dropout = 0.05
/// @Setting("Which rows to keep.") var keep = Choice.first
/// @Setting(1...1_000, "The maximum number of rows; null for all.") var maximumRows: Int?
/// @Setting("The columns that must be equal.") var columns: [String]
/// ```
@propertyWrapper
public struct Setting<Content: SettingValue>: Sendable {
    /// Where the content comes from.
    private indirect enum Origin: Sendable {
        case declared(ParameterType, help: String)
        case decoded(name: String)
    }

    private var content: Content?
    private let origin: Origin

    private init(_ content: Content?, _ type: ParameterType, _ help: String) {
        self.content = content
        origin = .declared(type, help: help)
    }

    /// A parameter with a default.
    public init(wrappedValue: Content, _ help: String) {
        self.init(wrappedValue, Content.parameterType, help)
    }

    /// A parameter with bounds for its numbers and a default.
    public init(wrappedValue: Content, _ bounds: ClosedRange<Content.Number>, _ help: String)
    where Content: NumericSettingValue {
        self.init(wrappedValue, Content.parameterType(within: bounds), help)
    }

    /// A required parameter.
    public init(_ help: String) {
        self.init(nil, Content.parameterType, help)
    }

    /// A required parameter with bounds for its numbers.
    public init(_ bounds: ClosedRange<Content.Number>, _ help: String) where Content: NumericSettingValue {
        self.init(nil, Content.parameterType(within: bounds), help)
    }

    /// A parameter that defaults to null.
    public init(_ help: String) where Content: ExpressibleByNilLiteral {
        self.init(.some(nil), Content.parameterType, help)
    }

    /// A parameter with bounds for its numbers that defaults to null.
    public init(_ bounds: ClosedRange<Content.Number>, _ help: String)
    where Content: NumericSettingValue & ExpressibleByNilLiteral {
        self.init(.some(nil), Content.parameterType(within: bounds), help)
    }

    /// The parameter's value.
    public var wrappedValue: Content {
        get {
            guard let content else {
                preconditionFailure("a required setting has no value until it is read from a pipeline")
            }
            return content
        }
        set { content = newValue }
    }

    /// The setting itself, for `$name.problem("…")`.
    public var projectedValue: Setting { self }

    /// A problem with this parameter's value, for `validate()` to throw.
    public func problem(_ message: String) -> ParameterProblem {
        guard case .decoded(let name) = origin else { return ParameterProblem(path: [], message: message) }
        return ParameterProblem(path: [name], message: message)
    }

    /// A problem with an element of this parameter's list.
    public func problem(_ problem: ParameterProblem, at index: Int) -> ParameterProblem {
        let inner = problem.inside(String(index))
        guard case .decoded(let name) = origin else { return inner }
        return inner.inside(name)
    }
}

extension Setting: Decodable {
    /// Reads and validates the value.
    public init(from decoder: any Decoder) throws {
        let content = try Content(from: decoder)
        do { try content.validate() } catch { throw error.inside(decoder.codingPath) }
        self.content = content
        origin = .decoded(name: decoder.codingPath.last?.stringValue ?? "")
    }
}

extension Setting: SettingDeclaring {
    func declaration(named name: String) -> SettingDeclaration {
        guard case .declared(let type, let help) = origin else {
            preconditionFailure("'\(name)' was read from a pipeline and has no declaration")
        }
        let parameter = Parameter(name, type, default: content?.parameterValue.normalized, help)
        return .parameter(parameter)
    }

    var currentValue: Value? { content?.parameterValue.normalized }
}

extension ParameterProblem {
    /// The problem, for a value that is itself an element or a member of another.
    func inside(_ name: String) -> ParameterProblem {
        ParameterProblem(path: [name] + path, message: message)
    }

    /// The problem, for a value that was decoded at a path.
    func inside(_ path: [any CodingKey]) -> ParameterProblem {
        path.reversed().reduce(self) { $0.inside($1.intValue.map { String($0) } ?? $1.stringValue) }
    }
}
