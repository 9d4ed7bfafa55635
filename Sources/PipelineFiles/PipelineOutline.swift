public import StageSchemas
internal import Texts
internal import YAML

/// A summary of a pipeline file for people: its parameters, its stages, and what it publishes.
public struct PipelineOutline: Sendable {
    /// A parameter, or a declared entry of one.
    public struct Parameter: Sendable {
        /// The dotted name.
        public let name: String
        /// The values that it takes, such as `an integer of at least 1`.
        public let values: String
        /// The default, whose placeholders have not been replaced; nil if a value is required.
        public let standard: Value?
        /// A sentence; may be empty.
        public let help: String
    }

    /// A stage, with all its instances.
    public struct Stage: Sendable {
        /// The name.
        public let name: String
        /// A line; may be empty.
        public let summary: String
        /// The tags, as written.
        public let tags: [String]
    }

    /// The value of `pipeline:`; empty if there is none.
    public let name: String
    /// The value of `description:`; may be empty.
    public let summary: String
    /// The parameters, in the file's order.
    public let parameters: [Parameter]
    /// The stages, those of included files first.
    public let stages: [Stage]
    /// The names of the files that are published.
    public let publications: [String]

    /// The outline of a pipeline file, as far as it can be determined. Missing values and other mistakes are left for
    /// `PipelineFile.load` to report.
    ///
    /// - Throws: the mistakes of a file that is not YAML.
    public init(
        text: String, file: String, reading read: @escaping PipelineFile.Reader
    ) throws(PipelineFileErrors) {
        var diagnostics = Diagnostics()
        let root = diagnostics.parse(text, file: file)
        try diagnostics.throwIfAny()
        guard let root else { preconditionFailure("a mistake was added") }
        let file = StageFile(root, path: file, nil, &diagnostics) { _, _ in }
        var collector = StageCollector(IncludedFiles(read: read))
        collector.add(file, &diagnostics)
        name = file["pipeline"]?.text ?? ""
        summary = file["description"]?.text ?? ""
        parameters = file.parameters.descriptions
        stages = collector.entries.map { entry in
            var fields: [Node.Entry] = []
            if case .mapping(let found) = entry.entry.value.content { fields = found }
            func field(_ name: String) -> Node? { fields.first { $0.key == name }?.value }
            var tags: [String] = []
            if case .sequence(let nodes)? = field("tags")?.content { tags = nodes.compactMap(\.text) }
            return Stage(
                name: entry.file.fullName(entry.entry.key), summary: field("description")?.text ?? "",
                tags: tags)
        }
        if case .mapping(let entries)? = file["publish"]?.content {
            publications = entries.map(\.key)
        } else {
            publications = []
        }
    }
}

extension Node {
    /// The text of a scalar; nil for lists and maps.
    fileprivate var text: String? {
        if case .scalar(let text, _) = content { text } else { nil }
    }
}

extension ParameterTable {
    /// The parameters, for people.
    var descriptions: [PipelineOutline.Parameter] {
        rows.map { row in
            let standard = self.standard(at: row.name)
            guard let declaration = row.declaration else {
                return PipelineOutline.Parameter(
                    name: row.name, values: standard.phrase, standard: standard, help: "")
            }
            return PipelineOutline.Parameter(
                name: row.name, values: declaration.phrase, standard: declaration.isRequired ? nil : standard,
                help: declaration.help)
        }
    }
}

extension Value {
    /// What values can replace this one.
    fileprivate var phrase: String {
        switch self {
        case .null: "any value"
        case .boolean: "true or false"
        case .integer, .number: "a number"
        case .string: "a text"
        case .list, .map: typeName
        }
    }
}
