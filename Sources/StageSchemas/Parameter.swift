/// One parameter of a stage kind: its name, type, default and documentation.
public struct Parameter: Sendable, Hashable {
    /// The name in the pipeline file, in camel case.
    public let name: String
    /// The allowed values.
    public let type: ParameterType
    /// The default value; nil if the parameter is required.
    public let defaultValue: Value?
    /// One or two sentences for users.
    public let help: String

    /// A parameter; without a default it is required.
    public init(_ name: String, _ type: ParameterType, default defaultValue: Value? = nil, _ help: String) {
        self.name = name
        self.type = type
        self.defaultValue = defaultValue
        self.help = help
    }
}

/// The values that a parameter can have.
public indirect enum ParameterType: Sendable, Hashable {
    /// `true` or `false`.
    case boolean
    /// A whole number within bounds.
    case integer(ClosedRange<Int>)
    /// A finite number within bounds.
    case number(ClosedRange<Double>)
    /// Any text.
    case string
    /// One of the listed words.
    case choice([String])
    /// A list of values of one type.
    case list(ParameterType)
    /// A map from any key to values of one type.
    case map(ParameterType)
    /// A map with the listed parameters.
    case record([Parameter])
    /// Null, or a value of the type.
    case optional(ParameterType)

    /// A whole number of any size.
    public static let anyInteger = ParameterType.integer(Int.min...Int.max)
    /// Any finite number.
    public static let anyNumber = ParameterType.number(
        -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude)
}
