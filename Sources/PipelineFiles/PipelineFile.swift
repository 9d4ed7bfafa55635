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
        /// The patterns for files on which its instances depend.
        public let patterns: [PathPattern]
    }

    /// Parses a pipeline file.
    ///
    /// - Parameters:
    /// - file: the file's name, for messages.
    /// - schemas: the available stage kinds; called only if a stage has a kind.
    /// - fingerprints: the digest of each kind's sources; likewise.
    /// - overrides: values that replace the file's parameters.
    /// - hidden: what no pattern for files matches.
    /// - Throws: all mistakes at once. Complexity: linear in the file and the instances.
    public static func load(
        text: String, file: String, schemas: @autoclosure @escaping @Sendable () -> [StageSchema],
        fingerprints: @autoclosure @escaping @Sendable () -> [String: Digest], overrides: [Override] = [],
        hiding hidden: @autoclosure @escaping @Sendable () -> HiddenEntries = HiddenEntries([])
    ) throws(PipelineFileErrors) -> Loaded {
        var diagnostics = Diagnostics(file: file, text: text)
        if SystemText.standsForBytes(text),
            let line = Diagnostics.lines(of: text).firstIndex(where: SystemText.standsForBytes)
        {
            diagnostics.add(
                "a character from U+10FF80 on stands for a byte of a name that is not UTF-8, and cannot be here",
                at: Mark(line: line + 1, column: 1))
            try diagnostics.throwIfAny()
        }
        let root: Node
        do {
            root = try YAMLDocument.parse(text)
        } catch {
            diagnostics.add(error.message, at: error.mark)
            try diagnostics.throwIfAny()
            preconditionFailure("a mistake was added")
        }
        let source = Source(
            root: root, overrides: overrides, schemas: schemas, fingerprints: fingerprints, hidden: hidden,
            diagnostics: diagnostics)
        let pipeline = try source.pipeline(lists: [:])
        return Loaded(pipeline: pipeline, patterns: source.patterns.all)
    }
}

/// Patterns for files that were looked up.
private final class Patterns: Sendable {
    private let patterns = Mutex<[PathPattern]>([])

    var all: [PathPattern] { patterns.withLock { $0 } }

    func add(_ pattern: PathPattern) { patterns.withLock { $0.append(pattern) } }
}

/// A parsed file, of which a pipeline is made again when lists are known.
private struct Source: Sendable {
    let root: Node
    let overrides: [Override]
    let schemas: @Sendable () -> [StageSchema]
    let fingerprints: @Sendable () -> [String: Digest]
    let hidden: @Sendable () -> HiddenEntries
    /// The patterns that were looked up.
    let patterns = Patterns()
    /// Without mistakes.
    let diagnostics: Diagnostics

    private static let keys = [
        "pipeline", "description", "parameters", "shell", "executor", "slurm", "shared", "resources",
        "stages", "publish",
    ]

    func pipeline(lists: KnownLists) throws(PipelineFileErrors) -> Pipeline {
        var diagnostics = diagnostics
        guard case .mapping(let fields) = root.content else {
            diagnostics.add("expected a map with pipeline: and stages:", at: root.mark)
            try diagnostics.throwIfAny()
            preconditionFailure("a mistake was added")
        }
        for field in fields where !Self.keys.contains(field.key) {
            let hint = didYouMean(field.key, among: Self.keys)
            diagnostics.add(
                "unknown key '\(field.key)'"
                    + (hint ?? "; a pipeline has " + Self.keys.joined(separator: ", ")),
                at: field.mark)
        }
        func field(_ name: String) -> Node? { fields.first { $0.key == name }?.value }
        let scope = Scope.make(field("parameters"), overrides: overrides, &diagnostics)
        let name = Self.name(field("pipeline"), root.mark, &diagnostics)
        let interpreter = field("shell").flatMap { Interpreter.parse($0, &diagnostics) }
        let placement = Placement.parse(
            fields.filter { Placement.keys.contains($0.key) }, scope, &diagnostics)
        let sharedFolder = field("shared").flatMap { Self.path($0, scope, &diagnostics) }
        var builder = PipelineBuilder(
            scope: scope, kinds: KindTable(schemas: schemas, fingerprints: fingerprints),
            interpreter: interpreter ?? Stage.Command.strictBash,
            findMatches: { pattern in
                patterns.add(pattern)
                return try pattern.matches(hiding: hidden()).map { pattern.path(of: $0) }
            }, placement: placement, lists: lists, diagnostics: diagnostics)
        let built = builder.build(stages: field("stages"), publish: field("publish"), root.mark)
        let resources = Stage.Resources.others(field("resources"), scope, &builder.diagnostics)
        try builder.diagnostics.throwIfAny()
        var summary = ""
        if case .scalar(let text, _)? = field("description")?.content { summary = text }
        let hasLists = built.stages.contains { !$0.lists.isEmpty } || !lists.isEmpty
        return Pipeline(
            name: name, summary: summary, parameters: scope.parameters, stages: built.stages,
            publications: built.publications, resources: resources, leftOut: built.leftOut,
            sharedFolder: sharedFolder,
            expansion: hasLists ? Expansion(lists: lists) { lists in try pipeline(lists: lists) } : nil)
    }

    private static func path(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) -> String? {
        if case .string(let text) = scope.value(of: node, &diagnostics), !text.isEmpty, !text.utf8.contains(0)
        {
            return text
        }
        diagnostics.add("shared: expected the path of a folder that all machines have", at: node.mark)
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
