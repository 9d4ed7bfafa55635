public import StageSchemas

/// The JSON Schema (draft-07) of pipeline files, for completion and validation in editors.
///
/// More permissive than `PipelineFile.load`, because a schema cannot follow references: `${…}` is valid wherever a
/// value is.
public enum EditorSchema: Sendable {
    /// The schema for pipelines of the given stage kinds.
    public static func document(kinds: [StageSchema]) -> Value {
        [
            "$schema": "http://json-schema.org/draft-07/schema#", "title": "Sluice pipeline",
            "type": "object",
            "anyOf": [["required": ["stages"]], ["required": ["include"]]], "additionalProperties": false,
            "properties": [
                "pipeline": described(
                    "The pipeline's name.", ["type": "string", "pattern": "^[A-Za-z0-9_-]+$"]),
                "description": described("One line of description.", ["type": "string"]),
                "parameters": described(
                    "Values for ${name}, or { default: …, type: …, min: …, max: …, choices: …, help: … }; --set overrides them.",
                    ["type": "object"]),
                "include": described(
                    "Files whose stages are stages of this pipeline, too.",
                    ["type": "array", "items": include]),
                "defaults": described(
                    "Defaults for the stages of this file.",
                    ["type": "object", "additionalProperties": false, "properties": defaults(kinds)]),
                "shell": described(
                    "The default interpreter of commands: a program, or a list of a program and its options.",
                    shell),
                "resources": described(
                    "The available amounts of custom resources, by name.",
                    ["type": "object", "additionalProperties": amount]),
                "executor": described("The default executor: local or slurm.", executor),
                "slurm": described("Default settings for Slurm.", slurm),
                "shared": described(
                    "A folder that this machine shares with the cluster's nodes.", ["type": "string"]),
                "caches": described(
                    "Caches shared with other machines, in the order in which they are queried.",
                    ["type": "array", "items": cache]),
                "stages": described(
                    "The stages, by name.",
                    ["type": "object", "additionalProperties": stage(kinds)]),
                "publish": described(
                    "File name: stage.output, copied to artifacts/out/<pipeline>/.",
                    ["type": "object", "additionalProperties": ["type": "string"]]),
            ],
        ]
    }

    private static let include: Value = [
        "oneOf": [
            ["type": "string"],
            [
                "type": "object", "additionalProperties": false, "required": ["file"],
                "properties": [
                    "file": described("The path, from the folder of this file.", ["type": "string"]),
                    "prefix": described(
                        "A prefix for the names of its stages, such as small-.", ["type": "string"]),
                    "parameters": described("Values for its parameters.", ["type": "object"]),
                    "inputs": described(
                        "Inputs that this file provides to its stages, by name.", ["type": "object"]),
                ],
            ],
        ]
    ]

    /// A shared cache: an address, or a map.
    private static let cache: Value = [
        "oneOf": [
            ["type": "string"],
            [
                "type": "object", "additionalProperties": false, "required": ["url"],
                "properties": [
                    "url": described(
                        "file:///folder, https://…, http://… or s3://bucket/prefix?endpoint=….",
                        ["type": "string"]),
                    "pull": described(
                        "Whether to look there for results that the store lacks; true by default.",
                        ["type": "boolean"]),
                    "push": described(
                        "True to upload results after a run, main-only to do so on the main branch.",
                        ["enum": [true, false, "main-only"]]),
                    "sign": described(
                        "The file with the private key for signing uploads.", ["type": "string"]),
                    "trust": described(
                        "Public keys, or files with them; a result must be signed with one of these.",
                        ["oneOf": [["type": "string"], ["type": "array", "items": ["type": "string"]]]]),
                ],
            ],
        ]
    ]

    /// The keys of a stage that `defaults:` may have.
    private static func defaults(_ kinds: [StageSchema]) -> Value {
        guard case .map(let fields) = stage(kinds), case .map(let properties)? = fields["properties"] else {
            return [:]
        }
        return .map(properties.filter { StageDefaults.keys.contains($0.key) })
    }

    /// A program, or a list of it and its options.
    private static let shell: Value = [
        "oneOf": [["type": "string"], ["type": "array", "items": ["type": "string"], "minItems": 1]]
    ]

    private static func stage(_ kinds: [StageSchema]) -> Value {
        let names = kinds.map { Value.string($0.name) }
        return [
            "type": "object", "additionalProperties": false,
            "oneOf": [
                ["required": ["kind"]],
                ["required": ["run"], "anyOf": [["required": ["outputs"]], ["required": ["metrics"]]]],
            ],
            "properties": [
                "kind": described("A stage kind; `sluice kinds` lists them.", ["enum": .list(names)]),
                "run": described(
                    "A shell command, with ${inputs.name} and ${outputs.name}.", ["type": "string"]),
                "shell": described(
                    "The interpreter of the command: a program, or a list of a program and its options.",
                    shell),
                "when": described("If false, the stage is left out.", [:]),
                "description": described("One line of description.", ["type": "string"]),
                "inputs": described(
                    "Port: stage.output, stage[*].output, a list of these, pipeline:stage.output, { file: path }, { directory: path }, { glob: pattern } { each: axis } or { url: …, sha256: … }.",
                    ["type": "object"]),
                "outputs": described(
                    "Only with run: name: file name; a trailing / makes a directory. { file: name, optional: true } may be missing.",
                    ["type": "object", "additionalProperties": output]),
                "metrics": described(
                    "Only with run: the JSON or YAML file ${outputs.metrics}, whose numbers become the stage's metrics.",
                    ["type": "string"]),
                "with": described("The kind's parameters.", ["type": "object"]),
                "matrix": described(
                    "Axis: a list, { range: n } or { glob: pattern }; zip: axes that vary together; exclude: combinations to leave out. "
                        + "Or a list of combinations. One instance per combination.",
                    ["type": ["object", "array"]]),
                "each": described(
                    "Axis: the list, or the directory, that a stage produces; one instance per element.",
                    ["type": "object", "additionalProperties": ["type": "string"]]),
                "confined": described(
                    "If false, the stage can access whatever the user can, and its undeclared reads are not recorded.",
                    flag),
                "network": described("If true, the stage may use the network.", flag),
                "reads": described(
                    "Only with run: whether undeclared reads are recorded (discovered) or refused (declared).",
                    ["enum": ["discovered", "declared"]]),
                "allow": described("Exceptions to confinement: lists of paths.", allow),
                "secrets": described(
                    "Environment variables that the stage sees, and whose values are neither shown nor stored.",
                    ["type": "array", "items": ["type": "string"]]),
                "tags": described(
                    "Words by which --tag and tag:WORD select the stage.",
                    ["type": "array", "items": ["type": "string"]]),
                "always": described("If true, the stage runs in every run.", flag),
                "frozen": described(
                    "If true, the stage keeps its latest result, whatever has changed.", flag),
                "resources": described("What the stage needs while it runs.", resources),
                "retries": described(
                    "How often a failed stage is retried; { times: 2, memory: double } also gives it more memory each time.",
                    ["type": ["integer", "string", "object"]]),
                "executor": described("The executor: local or slurm.", executor),
                "slurm": described("Settings for Slurm.", slurm),
                "code": described(
                    "Scripts and other code files that the command reads: files, folders, or { glob: pattern }.",
                    ["type": "array", "items": ["type": ["string", "object"]]]),
                "environment": described(
                    "Environment variables that the command sees.",
                    ["type": "array", "items": ["type": "string"]]),
            ],
            "allOf": .list(kinds.map(condition)),
        ]
    }

    private static let output: Value = [
        "oneOf": [
            ["type": "string"],
            [
                "type": "object", "additionalProperties": false, "required": ["file"],
                "properties": ["file": ["type": "string"], "optional": flag],
            ],
        ]
    ]

    private static let executor: Value = ["enum": .list(["local", "slurm"])]
    private static let slurm: Value = [
        "type": "object", "additionalProperties": false,
        "properties": [
            "partition": ["type": "string"], "account": ["type": "string"],
            "options": described("Further options of sbatch.", paths),
            "setup": described(
                "Commands at the start of a job, such as module load cuda.", ["type": "string"]),
            "group": described("How many stages a job runs, one after another.", amount),
        ],
    ]

    private static let flag: Value = ["type": ["boolean", "string"]]
    private static let paths: Value = ["type": "array", "items": ["type": "string"]]
    private static let allow: Value = [
        "type": "object", "additionalProperties": false, "properties": ["read": paths, "write": paths],
    ]

    private static let amount: Value = ["type": ["integer", "string"]]
    private static let resources: Value = [
        "type": "object", "additionalProperties": amount,
        "properties": [
            "cpus": described("CPU cores.", amount),
            "memory": described("Bytes of memory, or text such as 4GiB.", amount),
            "gpus": described("Accelerators.", amount),
            "disk": described(
                "The limit for its outputs and scratch files, such as 10GiB.", amount),
            "time": described("The time limit, such as 2h.", amount),
        ],
    ]

    /// What applies to stages of this kind.
    private static func condition(_ kind: StageSchema) -> Value {
        let inputs = Dictionary(
            kind.inputs.map { ($0.name, described($0.help, [:])) }, uniquingKeysWith: { first, _ in first })
        return [
            "if": ["properties": ["kind": ["const": .string(kind.name)]], "required": ["kind"]],
            "then": [
                "properties": [
                    "inputs": ["properties": .map(inputs), "additionalProperties": false],
                    "with": record(kind.parameters, kind.summary),
                ]
            ],
        ]
    }

    private static func record(_ parameters: [Parameter], _ help: String) -> Value {
        var properties: [String: Value] = [:]
        for parameter in parameters {
            var schema = type(parameter.type)
            if let standard = parameter.defaultValue { schema["default"] = standard }
            schema["description"] = .string(parameter.help)
            properties[parameter.name] = .map(schema)
        }
        let required = parameters.filter { $0.defaultValue == nil }.map { Value.string($0.name) }
        var result: [String: Value] = [
            "description": .string(help), "type": "object", "properties": .map(properties),
            "additionalProperties": false,
        ]
        if !required.isEmpty { result["required"] = .list(required) }
        return .map(result)
    }

    /// A value of the type, or a `${…}` that stands for one.
    private static func type(_ type: ParameterType) -> [String: Value] {
        ["anyOf": [.map(literal(type)), ["type": "string", "pattern": "^\\$\\{[^}]*\\}$"]]]
    }

    private static func literal(_ type: ParameterType) -> [String: Value] {
        switch type {
        case .boolean: return ["type": "boolean"]
        case .integer(let range):
            var result: [String: Value] = ["type": "integer"]
            if range.lowerBound > .min { result["minimum"] = .integer(range.lowerBound) }
            if range.upperBound < .max { result["maximum"] = .integer(range.upperBound) }
            return result
        case .number(let range):
            var result: [String: Value] = ["type": "number"]
            if range.lowerBound > -Double.greatestFiniteMagnitude {
                result["minimum"] = .number(range.lowerBound)
            }
            if range.upperBound < Double.greatestFiniteMagnitude {
                result["maximum"] = .number(range.upperBound)
            }
            return result
        case .string: return ["type": "string"]
        case .choice(let words): return ["enum": .list(words.map { .string($0) })]
        case .list(let element): return ["type": "array", "items": .map(self.type(element))]
        case .map(let element): return ["type": "object", "additionalProperties": .map(self.type(element))]
        case .record(let parameters):
            guard case .map(let fields) = record(parameters, "") else { return [:] }
            return fields
        case .optional(let inner): return ["anyOf": [["type": "null"], .map(literal(inner))]]
        }
    }

    private static func described(_ help: String, _ schema: Value) -> Value {
        guard case .map(var fields) = schema else { return schema }
        fields["description"] = .string(help)
        return .map(fields)
    }
}
