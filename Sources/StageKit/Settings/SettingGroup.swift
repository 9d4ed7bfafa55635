import StageSchemas

/// Includes the settings of a record among a kind's own parameters, as if they were declared in its place.
///
/// ```swift
/// struct Schedule: SettingRecord {
///     @Setting(0...1, "The share of all steps spent on warm-up.") var warmUpShare = 0.1
///     init() {}
/// }
/// struct Parameters: StageParameters {
///     @SettingGroup var schedule = Schedule()     // with: { warmUpShare: 0.2 }
///     init() {}
/// }
/// ```
@propertyWrapper
public struct SettingGroup<Record: SettingRecord>: Sendable {
    /// The settings.
    public var wrappedValue: Record

    /// A group; the current values of its settings are the defaults.
    public init(wrappedValue: Record) { self.wrappedValue = wrappedValue }
}

extension SettingGroup: Decodable {
    /// Reads and validates the settings.
    public init(from decoder: any Decoder) throws {
        wrappedValue = try Record(from: decoder)
        do { try wrappedValue.validate() } catch { throw error.inside(decoder.codingPath) }
    }
}

extension SettingGroup: SettingDeclaring {
    func declaration(named name: String) -> SettingDeclaration {
        .group(name: name, wrappedValue.declarations.ungrouped)
    }

    var currentValue: Value? { wrappedValue.parameterValue }
}
