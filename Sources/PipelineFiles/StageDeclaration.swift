import Dataflow
import StageSchemas
import Texts
import YAML

/// An entry under `stages:`, split into its fields, with nothing resolved yet.
///
/// A class, because every instance of its matrix refers to it.
final class StageDeclaration {
    /// What the stage is.
    enum Work {
        case kind(StageSchema)
        case command(Node)
    }

    /// The name in the pipeline.
    let name: String
    let mark: Mark
    /// The file that it is in.
    let file: StageFile
    let work: Work
    var inputs: [Node.Entry] = []
    var with: Node?
    var matrix = Matrix()
    /// The axes whose values are the elements of lists that other stages produce.
    var each: [EachAxis] = []
    /// What runs the command, if the stage says so.
    var interpreter: [String]?
    /// The contexts of the placeholders in its command, once one of its instances has been examined.
    var places: [CommandQuoting.Place?]?
    var outputs: [Node.Entry] = []
    /// The name of the output that is the file of metrics; nil if there is none.
    var metrics: String?
    var resources: [Node.Entry] = []
    var retries = Retries()
    /// `executor` and `slurm`.
    var placement: [Node.Entry] = []
    var code: [Node] = []
    var environment: [Node] = []
    /// `confined`, `network`, `reads` and `allow`.
    var permissions: [Node.Entry] = []
    var secrets: [Node] = []
    /// `always` and `frozen`.
    var renewal: [Node.Entry] = []
    var tags: [Node] = []
    var when: Node?

    private init(name: String, mark: Mark, file: StageFile, work: Work) {
        self.name = name
        self.mark = mark
        self.file = file
        self.work = work
    }

    static let keys = [
        "kind", "run", "inputs", "outputs", "metrics", "with", "matrix", "each", "resources", "retries",
        "code", "environment", "secrets", "shell", "executor", "slurm", "confined", "network", "reads",
        "allow", "always", "frozen", "when", "tags", "description",
    ]

    /// Parses an entry; nil if its mistakes leave too little to continue.
    static func parse(
        _ entry: Node.Entry, in file: StageFile, kinds: KindTable, _ find: FileMatches.Finder,
        _ diagnostics: inout Diagnostics
    ) -> StageDeclaration? {
        let scope = file.scope
        guard isName(entry.key) else {
            diagnostics.add(
                "'\(entry.key)' is not a valid stage name: use letters, digits, '_' and '-', with a letter first",
                at: entry.mark)
            return nil
        }
        guard case .mapping(let own) = entry.value.content else {
            diagnostics.add(
                "stage '\(entry.key)': expected a map with kind: or run:", at: entry.value.mark)
            return nil
        }
        for field in own where !keys.contains(field.key) {
            let hint = didYouMean(field.key, among: keys)
            diagnostics.add(
                "unknown key '\(field.key)'" + (hint ?? "; a stage has " + keys.joined(separator: ", ")),
                at: field.mark)
        }
        let fields = file.defaults.completing(own, scope)
        func field(_ name: String) -> Node? { fields.first { $0.key == name }?.value }
        guard
            let work = work(field("kind"), field("run"), entry, kinds, scope, &diagnostics)
        else { return nil }
        let stage = StageDeclaration(
            name: file.fullName(entry.key), mark: entry.mark, file: file, work: work)
        stage.inputs = entries(field("inputs"), "inputs", &diagnostics)
        stage.with = field("with")
        stage.resources = entries(field("resources"), "resources", &diagnostics)
        stage.when = field("when")
        stage.code = elements(field("code"), "code", &diagnostics)
        stage.environment = elements(field("environment"), "environment", &diagnostics)
        stage.outputs = entries(field("outputs"), "outputs", &diagnostics)
        if let node = field("metrics") { stage.declareMetrics(node, &diagnostics) }
        if let node = field("retries") { stage.retries = .parse(node, scope, &diagnostics) }
        stage.placement = fields.filter { Placement.keys.contains($0.key) }
        let matrix =
            if let node = field("matrix") { Matrix.parse(node, scope, find, &diagnostics) } else {
                Matrix() as Matrix?
            }
        stage.each = each(field("each"), besides: matrix ?? Matrix(), &diagnostics)
        stage.interpreter = field("shell").flatMap { Interpreter.parse($0, &diagnostics) }
        stage.secrets = elements(field("secrets"), "secrets", &diagnostics)
        stage.renewal = fields.filter { Stage.Renewal.keys.contains($0.key) }
        stage.tags = elements(field("tags"), "tags", &diagnostics)
        stage.permissions = fields.filter { Stage.Permissions.keys.contains($0.key) }
        stage.checkParts(field, &diagnostics)
        // Without its axes, every use of one would look like a mistake.
        guard let matrix else { return nil }
        stage.matrix = matrix
        return stage
    }

    private func checkParts(_ field: (String) -> Node?, _ diagnostics: inout Diagnostics) {
        switch work {
        case .kind(let schema):
            for name in ["outputs", "metrics", "code", "environment", "shell", "reads"] {
                guard let node = field(name) else { continue }
                diagnostics.add(
                    "\(name): is only for run: stages; the kind \(schema.name) defines its own", at: node.mark
                )
            }
        case .command:
            if let node = field("with") {
                diagnostics.add("with: is only for stages with a kind:; a command uses ${…}", at: node.mark)
            }
            if field("outputs") == nil && field("metrics") == nil {
                diagnostics.add(
                    "stage '\(name)': run: needs outputs:, a map from names to file names", at: mark)
            }
        }
    }

    /// The file of metrics is an output named `metrics`.
    private func declareMetrics(_ node: Node, _ diagnostics: inout Diagnostics) {
        guard case .scalar = node.content else {
            diagnostics.add("metrics: expected a file name, such as scores.json", at: node.mark)
            return
        }
        if let other = outputs.first(where: { $0.key == "metrics" }) {
            diagnostics.add(
                "metrics: declares an output named 'metrics'; remove the other one", at: other.mark)
            return
        }
        metrics = "metrics"
        outputs.append(Node.Entry(key: "metrics", mark: node.mark, value: node))
    }

    private static func work(
        _ kind: Node?, _ run: Node?, _ entry: Node.Entry, _ kinds: KindTable, _ scope: Scope,
        _ diagnostics: inout Diagnostics
    ) -> Work? {
        switch (kind, run) {
        case (nil, nil):
            diagnostics.add("stage '\(entry.key)' needs kind: or run:", at: entry.mark)
            return nil
        case (.some, .some(let run)):
            diagnostics.add("stage '\(entry.key)' has both kind: and run:; remove one", at: run.mark)
            return nil
        case (nil, .some(let run)):
            guard case .scalar = run.content else {
                diagnostics.add("run: expected a shell command", at: run.mark)
                return nil
            }
            return .command(run)
        case (.some(let kind), nil):
            guard case .string(let name) = scope.value(of: kind, &diagnostics) else {
                diagnostics.add("kind: expected a name", at: kind.mark)
                return nil
            }
            guard let schema = kinds.schemas[name] else {
                let hint = didYouMean(name, among: kinds.schemas.keys.sorted())
                diagnostics.add(
                    "unknown kind '\(name)'" + (hint ?? "; `sluice kinds` lists them"), at: kind.mark)
                return nil
            }
            return .kind(schema)
        }
    }

    static func entries(
        _ node: Node?, _ name: String, _ diagnostics: inout Diagnostics
    ) -> [Node.Entry] {
        guard let node else { return [] }
        if case .mapping(let entries) = node.content { return entries }
        diagnostics.add("\(name): expected a map", at: node.mark)
        return []
    }

    private static func elements(_ node: Node?, _ name: String, _ diagnostics: inout Diagnostics) -> [Node] {
        guard let node else { return [] }
        if case .sequence(let nodes) = node.content { return nodes }
        diagnostics.add("\(name): expected a list", at: node.mark)
        return []
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.unicodeScalars.first, isAlphabetic(first) || first == "_" else { return false }
        return text.unicodeScalars.allSatisfy {
            isAlphabetic($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
        }
    }

    private static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        // Unicode's tables are consulted only for characters outside ASCII.
        scalar.isASCII
            ? ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) : scalar.properties.isAlphabetic
    }
}
