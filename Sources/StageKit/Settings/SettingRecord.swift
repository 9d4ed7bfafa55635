public import StageSchemas

/// A record of settings: in the pipeline file, a map with one key per setting.
///
/// Every stored property must be a `@Setting`. Rules between several settings go into `validate()`.
///
/// ```swift
/// struct Adversary: SettingRecord {
///     @Setting(0...10, "How far tensors are perturbed; 0 for no perturbation.") var rate = 0.0
///     @Setting(0...1, "The maximum perturbation of each element.") var epsilon = 1e-4
/// }
/// ```
public protocol SettingRecord: SettingValue {
    /// The record with all defaults.
    init()
}

extension SettingRecord {
    /// A map with the declared settings.
    public static var parameterType: ParameterType { .record(Self().declarations.ungrouped) }

    /// The current values of the settings, by name.
    public var parameterValue: Value {
        var values: [String: Value] = [:]
        for (name, setting) in settings { values[name] = setting.currentValue }
        return .map(values)
    }

    /// The names and declarations of the settings, in order.
    var declarations: [SettingDeclaration] { settings.map { $1.declaration(named: $0) } }

    private var settings: [(name: String, setting: any SettingDeclaring)] {
        Mirror(reflecting: self).children.map { child in
            // The storage of a wrapped property `name` is named `_name`.
            guard let label = child.label, let setting = child.value as? any SettingDeclaring else {
                preconditionFailure("\(Self.self).\(child.label ?? "?") is not a @Setting")
            }
            return (String(label.dropFirst()), setting)
        }
    }
}

/// A property of a record that declares one or more parameters.
protocol SettingDeclaring {
    /// What is declared.
    func declaration(named name: String) -> SettingDeclaration
    /// The value as in a pipeline file; nil if a required one has not been given.
    var currentValue: Value? { get }
}

/// What one property declares.
enum SettingDeclaration {
    case parameter(Parameter)
    case group(name: String, [Parameter])
}

extension [SettingDeclaration] {
    /// All parameters, with those of groups in their group's place.
    ///
    /// A default that violates its own declaration, or a duplicate name, is a programming error.
    var parameters: [Parameter] {
        let parameters = flatMap { declaration in
            switch declaration {
            case .parameter(let parameter): [parameter]
            case .group(_, let parameters): parameters
            }
        }
        var names: Set<String> = []
        for parameter in parameters {
            precondition(names.insert(parameter.name).inserted, "'\(parameter.name)' is declared twice")
            guard let defaultValue = parameter.defaultValue else { continue }
            let problems = parameter.type.validated(defaultValue, path: [parameter.name]).problems
            precondition(problems.isEmpty, "a default is not allowed: \(problems)")
            // `name: {}` must mean the same as no `name`.
            guard case .record = parameter.type else { continue }
            let (empty, missing) = parameter.type.validated(.map([:]), path: [])
            precondition(
                !missing.isEmpty || empty == defaultValue, "'\(parameter.name)' changes its record's defaults"
            )
        }
        return parameters
    }

    /// All parameters, of a record that must not contain groups.
    var ungrouped: [Parameter] {
        precondition(
            allSatisfy { if case .parameter = $0 { true } else { false } },
            "only a stage's own parameters may have a @SettingGroup")
        return parameters
    }
}
