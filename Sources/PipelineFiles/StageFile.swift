import Dataflow
import StageSchemas
import Texts
import YAML

/// A file with stages: the pipeline's own, or one that it includes. Its settings apply to its own stages.
final class StageFile {
    /// The keys that a file may have.
    static let keys = [
        "pipeline", "description", "include", "parameters", "defaults", "shell", "executor", "slurm",
        "shared", "caches", "resources", "stages", "publish",
    ]

    /// How a file got here: the entry under `include:`.
    struct Inclusion {
        let parent: StageFile
        /// The prefix of its stages' names; nil if they are named as if they were in the parent.
        let prefix: String?
        /// The inputs that the including file provides, by name.
        let inputs: [Node.Entry]
        let mark: Mark
    }

    /// A set of stage names that can refer to each other.
    final class Namespace {
        /// The prefix of the names.
        let prefix: String
        private let parent: Namespace?

        init(prefix: String, parent: Namespace?) {
            self.prefix = prefix
            self.parent = parent
        }

        /// True if it is the other, or lies within it.
        func isWithin(_ other: Namespace) -> Bool {
            self === other || parent?.isWithin(other) ?? false
        }
    }

    let path: String
    let fields: [Node.Entry]
    let mark: Mark
    let scope: Scope
    /// The parameters, for people.
    let parameters: ParameterTable
    /// The default interpreter of commands.
    let interpreter: [String]
    /// The quoting at the beginning of its programs.
    let quoting: CommandQuoting
    /// Where stages run that do not say.
    let placement: Placement
    let defaults: StageDefaults
    /// The available amounts of custom resources.
    let resources: [String: Int]
    let namespace: Namespace
    let inclusion: Inclusion?
    /// The names of `inclusion.inputs` that stages have read.
    var usedInputs: Set<String> = []

    /// Reads the settings of a file, which is a map; mistakes are added to `diagnostics`.
    ///
    /// - Parameter given: sets the parameters that the file does not decide itself.
    init(
        _ root: Node, path: String, _ inclusion: Inclusion? = nil, _ diagnostics: inout Diagnostics,
        given: (inout ParameterTable, inout Diagnostics) -> Void
    ) {
        self.path = path
        self.inclusion = inclusion
        mark = root.mark
        if case .mapping(let entries) = root.content { fields = entries } else { fields = [] }
        for field in fields where !Self.keys.contains(field.key) {
            let hint = didYouMean(field.key, among: Self.keys)
            diagnostics.add(
                "unknown key '\(field.key)'"
                    + (hint ?? "; a pipeline has " + Self.keys.joined(separator: ", ")),
                at: field.mark)
        }
        let fields = fields
        func field(_ name: String) -> Node? { fields.first { $0.key == name }?.value }
        var table = ParameterTable(field("parameters"), root.mark, &diagnostics)
        given(&table, &diagnostics)
        parameters = table
        var scope = table.scope(&diagnostics)
        scope.folder = Self.folder(of: path)
        self.scope = scope
        defaults = StageDefaults(field("defaults"), besides: fields, scope, &diagnostics)
        let shell = field("shell") ?? defaults["shell"]
        interpreter =
            shell.flatMap { Interpreter.parse($0, &diagnostics) } ?? Stage.Command.strictBash
        quoting = CommandQuoting(interpreter: interpreter)
        placement = Placement.parse(
            fields.filter { Placement.keys.contains($0.key) } + defaults.placement,
            otherwise: inclusion?.parent.placement ?? Placement(), scope, &diagnostics)
        resources = Stage.Resources.others(field("resources"), scope, &diagnostics)
        if let inclusion {
            namespace =
                inclusion.prefix.map {
                    Namespace(
                        prefix: inclusion.parent.namespace.prefix + $0, parent: inclusion.parent.namespace)
                } ?? inclusion.parent.namespace
        } else {
            namespace = Namespace(prefix: "", parent: nil)
        }
    }

    subscript(_ name: String) -> Node? { fields.first { $0.key == name }?.value }

    /// The name of the pipeline that its stages are in.
    var pipelineName: String? {
        if let inclusion { return inclusion.parent.pipelineName }
        guard case .scalar(let name, _)? = self["pipeline"]?.content else { return nil }
        return name
    }

    /// The name of a stage of this file in the pipeline.
    func fullName(_ name: String) -> String { namespace.prefix + name }

    /// The input that an including file provides by this name, and that file; nil if there is none.
    func givenInput(_ name: String) -> (node: Node, file: StageFile)? {
        var file = self
        while let inclusion = file.inclusion {
            if let entry = inclusion.inputs.first(where: { $0.key.hasSameBytes(as: name) }) {
                file.usedInputs.insert(name)
                return (entry.value, inclusion.parent)
            }
            guard inclusion.prefix == nil else { return nil }
            file = inclusion.parent
        }
        return nil
    }

    /// The names of the inputs that the including file provides.
    var givenNames: [String] { inclusion?.inputs.map(\.key) ?? [] }

    /// The folder of a path; `.` for a name alone.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }
}
