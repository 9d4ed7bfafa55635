public import Dataflow
public import Digests
public import Files
public import StageSchemas
internal import Synchronization
internal import Texts
internal import YAML

/// Loads pipeline files; `Docs/pipeline-file.md` describes the format.
public enum PipelineFile: Sendable {
    /// A pipeline, and the stages that conditions left out of it.
    public struct Loaded: Sendable {
        /// The pipeline.
        public let pipeline: Pipeline
        /// The stages that were left out, each with the reason.
        public var leftOut: [LeftOutStage] { pipeline.leftOut }
        /// The patterns for files on which its instances depend, with the files that matched.
        public let matches: [Matches]
        /// Its parameters, for people.
        public let parameters: [PipelineOutline.Parameter]
    }

    /// A pattern for files, and what matched when it was looked up.
    public struct Matches: Sendable, Equatable {
        /// The pattern.
        public let pattern: PathPattern
        /// The files, from the pattern's folder.
        public let files: [String]
    }

    /// A file that belongs to a pipeline file.
    public struct TextFile: Sendable {
        let path: String
        let text: String

        /// A file with this text.
        public init(path: String, text: String) {
            self.path = path
            self.text = text
        }
    }

    /// Why a file that another includes cannot be read.
    public struct Unreadable: Error, CustomStringConvertible {
        /// The message.
        public let description: String

        /// A message that names the file.
        public init(_ description: String) { self.description = description }
    }

    /// Reads the text of a file that another includes, by its path from the working directory.
    public typealias Reader = @Sendable (String) throws -> String

    /// Parses a pipeline file.
    ///
    /// - Parameters:
    /// - file: the file's path from the working directory.
    /// - schemas: the available stage kinds; called only if a stage has a kind.
    /// - fingerprints: the digest of each kind's sources; likewise.
    /// - parameterFiles: files with values that replace the file's parameters; later ones take precedence.
    /// - overrides: values that replace parameters; they take precedence over parameter files.
    /// - hidden: what patterns for files never match.
    /// - read: reads the files that it includes.
    /// - Throws: all mistakes at once. Complexity: linear in the files and the instances.
    public static func load(
        text: String, file: String, schemas: @autoclosure @escaping @Sendable () -> [StageSchema],
        fingerprints: @autoclosure @escaping @Sendable () -> [String: Digest],
        parameterFiles: [TextFile] = [], overrides: [Override] = [],
        hiding hidden: @autoclosure @escaping @Sendable () -> HiddenEntries = HiddenEntries([]),
        reading read: @escaping Reader = { throw Unreadable("\($0) cannot be read here") }
    ) throws(PipelineFileErrors) -> Loaded {
        var diagnostics = Diagnostics()
        let root = diagnostics.parse(text, file: file)
        let given = parameterFiles.compactMap { diagnostics.parameters($0) }
        try diagnostics.throwIfAny()
        guard let root else { preconditionFailure("a mistake was added") }
        let source = Source(
            root: root, path: file, given: given, overrides: overrides, schemas: schemas,
            fingerprints: fingerprints, hidden: hidden, included: IncludedFiles(read: read),
            diagnostics: diagnostics)
        let pipeline = try source.pipeline(lists: [:])
        return Loaded(
            pipeline: pipeline, matches: source.patterns.all,
            parameters: Self.parameters(of: root, diagnostics).descriptions)
    }
}

extension PipelineFile {
    /// The parameters of a file without mistakes.
    private static func parameters(of root: Node, _ diagnostics: Diagnostics) -> ParameterTable {
        var diagnostics = diagnostics
        var node: Node?
        if case .mapping(let fields) = root.content {
            node = fields.first { $0.key == "parameters" }?.value
        }
        return ParameterTable(node, root.mark, &diagnostics)
    }
}

extension Diagnostics {
    /// The entries of a file with values of parameters; nil after a mistake.
    fileprivate mutating func parameters(_ file: PipelineFile.TextFile) -> [Node.Entry]? {
        guard let node = parse(file.text, file: file.path) else { return nil }
        switch node.content {
        case .mapping(let entries): return entries
        case .scalar("", isPlain: true): return []
        default:
            add("expected a map from the names of parameters to values", at: node.mark)
            return nil
        }
    }
}

/// Patterns for files that were looked up.
private final class Patterns: Sendable {
    private let matches = Mutex<[PipelineFile.Matches]>([])

    var all: [PipelineFile.Matches] { matches.withLock { $0 } }

    func add(_ pattern: PathPattern, _ files: [String]) {
        matches.withLock { $0.append(PipelineFile.Matches(pattern: pattern, files: files)) }
    }
}

/// A parsed file, from which the pipeline is built again when lists become known.
private struct Source: Sendable {
    let root: Node
    let path: String
    /// Values of parameters from files.
    let given: [[Node.Entry]]
    let overrides: [Override]
    let schemas: @Sendable () -> [StageSchema]
    let fingerprints: @Sendable () -> [String: Digest]
    let hidden: @Sendable () -> HiddenEntries
    let included: IncludedFiles
    /// The patterns that were looked up.
    let patterns = Patterns()
    /// Without mistakes.
    let diagnostics: Diagnostics

    func pipeline(lists: KnownLists) throws(PipelineFileErrors) -> Pipeline {
        var diagnostics = diagnostics
        guard case .mapping = root.content else {
            diagnostics.add("expected a map with pipeline: and stages:", at: root.mark)
            try diagnostics.throwIfAny()
            preconditionFailure("a mistake was added")
        }
        let file = StageFile(root, path: path, nil, &diagnostics) { table, diagnostics in
            for entries in given { table.set(entries, &diagnostics) }
            for override in overrides {
                guard let message = table.set(override.path, to: override.given) else { continue }
                diagnostics.add("\(override.option) \(override.path): \(message)", at: table.mark)
            }
        }
        let name = Self.name(file["pipeline"], root.mark, &diagnostics)
        var collector = StageCollector(included)
        collector.add(file, &diagnostics)
        let sharedFolder = file["shared"].flatMap { Self.path($0, file.scope, &diagnostics) }
        let caches = file["caches"].map { SharedCache.parse($0, file.scope, &diagnostics) } ?? []
        var builder = PipelineBuilder(
            file: file, kinds: KindTable(schemas: schemas, fingerprints: fingerprints),
            findMatches: { pattern in
                let files = try pattern.matches(hiding: hidden())
                patterns.add(pattern, files)
                return files.map { pattern.path(of: $0) }
            }, lists: lists, diagnostics: diagnostics)
        let built = builder.build(
            collector.entries, publish: file["publish"], isIncomplete: collector.isIncomplete)
        if builder.diagnostics.errors.isEmpty { collector.checkInputs(&builder.diagnostics) }
        let resources = collector.resources(&builder.diagnostics)
        try builder.diagnostics.throwIfAny()
        var summary = ""
        if case .scalar(let text, _)? = file["description"]?.content { summary = text }
        let hasLists = built.stages.contains { !$0.lists.isEmpty } || !lists.isEmpty
        return Pipeline(
            name: name, summary: summary, parameters: file.scope.parameters, stages: built.stages,
            publications: built.publications, awaitedPublications: built.awaitedPublications,
            resources: resources, leftOut: built.leftOut,
            sharedFolder: sharedFolder, caches: caches,
            expansion: hasLists ? Expansion(lists: lists) { lists in try pipeline(lists: lists) } : nil)
    }

    private static func path(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) -> String? {
        if case .string(let text) = scope.value(of: node, &diagnostics), !text.isEmpty, !text.utf8.contains(0)
        {
            return text
        }
        diagnostics.add("shared: expected the path of a folder that all machines share", at: node.mark)
        return nil
    }

    private static func name(_ node: Node?, _ mark: Mark, _ diagnostics: inout Diagnostics) -> String {
        guard let node else {
            diagnostics.add("pipeline: NAME is missing", at: mark)
            return ""
        }
        guard case .scalar(let name, _) = node.content, StageDeclaration.isName(name) else {
            diagnostics.add("pipeline: expected a name of letters, digits, '_' and '-'", at: node.mark)
            return ""
        }
        return name
    }
}
