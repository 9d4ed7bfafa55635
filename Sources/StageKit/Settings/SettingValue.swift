public import StageSchemas

/// A type that a setting can have.
///
/// Booleans, numbers, strings, choices and records conform, and optionals, lists and maps of these. A type with a rule of its
/// own conforms by defining its form in the pipeline file, and checks the rule in `validate()`.
public protocol SettingValue: Decodable, Sendable {
    /// The values allowed in a pipeline file.
    static var parameterType: ParameterType { get }
    /// The value as in a pipeline file; decoding it gives an equal value.
    var parameterValue: Value { get }
    /// Checks what the type alone does not express, such as rules between several settings.
    ///
    /// Problems are found before anything runs and shown at their place in the pipeline file.
    func validate() throws(ParameterProblem)
}

extension SettingValue {
    /// Accepts every value of the type.
    public func validate() throws(ParameterProblem) {}
}

/// One of several words: an enumeration with string values.
///
/// ```swift
/// enum Choice: String, SettingChoice { case first, last }
/// ```
public protocol SettingChoice: SettingValue, CaseIterable, RawRepresentable<String> {}

extension SettingChoice {
    /// The words, in the order of the cases.
    public static var parameterType: ParameterType { .choice(allCases.map(\.rawValue)) }
    /// The word.
    public var parameterValue: Value { .string(rawValue) }
}

/// A number, or an optional, list or map of numbers: a type that can have bounds.
public protocol NumericSettingValue: SettingValue {
    /// The type of the numbers.
    associatedtype Number: Comparable & Sendable
    /// The values whose numbers are within bounds.
    static func parameterType(within bounds: ClosedRange<Number>) -> ParameterType
}

extension Bool: SettingValue {
    /// `true` or `false`.
    public static var parameterType: ParameterType { .boolean }
    /// The value.
    public var parameterValue: Value { .boolean(self) }
}

extension String: SettingValue {
    /// Any text.
    public static var parameterType: ParameterType { .string }
    /// The text.
    public var parameterValue: Value { .string(self) }
}

extension Int: NumericSettingValue {
    /// Any whole number.
    public static var parameterType: ParameterType { .anyInteger }
    /// A whole number within bounds.
    public static func parameterType(within bounds: ClosedRange<Int>) -> ParameterType { .integer(bounds) }
    /// The number.
    public var parameterValue: Value { .integer(self) }
}

extension Double: NumericSettingValue {
    /// Any finite number.
    public static var parameterType: ParameterType { .anyNumber }
    /// A number within bounds.
    public static func parameterType(within bounds: ClosedRange<Double>) -> ParameterType { .number(bounds) }
    /// The number.
    public var parameterValue: Value { .number(self) }
}

extension Optional: SettingValue where Wrapped: SettingValue {
    /// Null, or a value.
    public static var parameterType: ParameterType { .optional(Wrapped.parameterType) }
    /// Null, or the value.
    public var parameterValue: Value { self?.parameterValue ?? .null }
    /// Checks the value.
    public func validate() throws(ParameterProblem) { try self?.validate() }
}

extension Optional: NumericSettingValue where Wrapped: NumericSettingValue {
    /// Null, or a value whose numbers are within bounds.
    public static func parameterType(within bounds: ClosedRange<Wrapped.Number>) -> ParameterType {
        .optional(Wrapped.parameterType(within: bounds))
    }
}

extension Array: SettingValue where Element: SettingValue {
    /// A list of values.
    public static var parameterType: ParameterType { .list(Element.parameterType) }
    /// The values.
    public var parameterValue: Value { .list(map(\.parameterValue)) }
    /// Checks each value.
    public func validate() throws(ParameterProblem) {
        for (index, element) in enumerated() {
            do { try element.validate() } catch { throw error.inside(String(index)) }
        }
    }
}

extension Array: NumericSettingValue where Element: NumericSettingValue {
    /// A list of values whose numbers are within bounds.
    public static func parameterType(within bounds: ClosedRange<Element.Number>) -> ParameterType {
        .list(Element.parameterType(within: bounds))
    }
}

extension Dictionary: SettingValue where Key == String, Value: SettingValue {
    /// A map of values.
    public static var parameterType: ParameterType { .map(Value.parameterType) }
    /// The values.
    public var parameterValue: StageSchemas.Value { .map(mapValues(\.parameterValue)) }
    /// Checks each value.
    public func validate() throws(ParameterProblem) {
        for (key, value) in sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            do { try value.validate() } catch { throw error.inside(key) }
        }
    }
}
