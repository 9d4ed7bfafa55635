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
    /// The command with its placeholders, and where those stand, once one of its instances was looked at.
    var template: Template?
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

    /// What a stage may have, in the order in which messages list it.
    enum Key: String, CaseIterable {
        case kind, run, inputs, outputs, metrics, with, matrix, each, resources, retries
        case code, environment, secrets, shell, executor, slurm, confined, network, reads
        case allow, always, frozen, when, tags, description
    }

    static let keys = Key.allCases.map(\.rawValue)

    /// The fields of a stage by their keys, which are compared as texts only once.
    private struct Fields {
        private var keys: [Key] = []
        private var fields: [Node.Entry] = []

        /// Fields, without those that a stage does not have.
        init(_ entries: [Node.Entry]) {
            keys.reserveCapacity(entries.count)
            for entry in entries {
                if let key = Key(rawValue: entry.key) { keys.append(key) }
            }
            fields =
                keys.count == entries.count ? entries : entries.filter { Key(rawValue: $0.key) != nil }
        }

        subscript(_ key: Key) -> Node? {
            keys.firstIndex(of: key).map { fields[$0].value }
        }

        func entries(_ wanted: [Key]) -> [Node.Entry] {
            keys.indices.filter { wanted.contains(keys[$0]) }.map { fields[$0] }
        }
    }

    private static let placementKeys = Placement.keys.compactMap { Key(rawValue: $0) }
    private static let renewalKeys = Stage.Renewal.keys.compactMap { Key(rawValue: $0) }
    private static let permissionKeys = Stage.Permissions.keys.compactMap { Key(rawValue: $0) }

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
        for field in own where Key(rawValue: field.key) == nil {
            let hint = didYouMean(field.key, among: keys)
            diagnostics.add(
                "unknown key '\(field.key)'" + (hint ?? "; a stage has " + keys.joined(separator: ", ")),
                at: field.mark)
        }
        let fields = Fields(file.defaults.completing(own, scope))
        guard let work = work(fields[.kind], fields[.run], entry, kinds, scope, &diagnostics) else {
            return nil
        }
        let stage = StageDeclaration(
            name: file.fullName(entry.key), mark: entry.mark, file: file, work: work)
        stage.inputs = entries(fields[.inputs], "inputs", &diagnostics)
        stage.with = fields[.with]
        stage.resources = entries(fields[.resources], "resources", &diagnostics)
        stage.when = fields[.when]
        stage.code = elements(fields[.code], "code", &diagnostics)
        stage.environment = elements(fields[.environment], "environment", &diagnostics)
        stage.outputs = entries(fields[.outputs], "outputs", &diagnostics)
        if let node = fields[.metrics] { stage.declareMetrics(node, &diagnostics) }
        if let node = fields[.retries] { stage.retries = .parse(node, scope, &diagnostics) }
        stage.placement = fields.entries(placementKeys)
        let matrix =
            if let node = fields[.matrix] { Matrix.parse(node, scope, find, &diagnostics) } else {
                Matrix() as Matrix?
            }
        stage.each = each(fields[.each], besides: matrix ?? Matrix(), &diagnostics)
        stage.interpreter = fields[.shell].flatMap { Interpreter.parse($0, &diagnostics) }
        stage.secrets = elements(fields[.secrets], "secrets", &diagnostics)
        stage.renewal = fields.entries(renewalKeys)
        stage.tags = elements(fields[.tags], "tags", &diagnostics)
        stage.permissions = fields.entries(permissionKeys)
        stage.checkParts(fields, &diagnostics)
        // Without its axes, whatever names one would look like a mistake.
        guard let matrix else { return nil }
        stage.matrix = matrix
        return stage
    }

    private func checkParts(_ fields: Fields, _ diagnostics: inout Diagnostics) {
        switch work {
        case .kind(let schema):
            for key in [Key.outputs, .metrics, .code, .environment, .shell, .reads] {
                guard let node = fields[key] else { continue }
                diagnostics.add(
                    "\(key): is only for run: stages; the kind \(schema.name) defines its own", at: node.mark
                )
            }
        case .command:
            if let node = fields[.with] {
                diagnostics.add("with: is only for stages with a kind:; a command uses ${…}", at: node.mark)
            }
            if fields[.outputs] == nil && fields[.metrics] == nil {
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
        // As a rule, names are ASCII, of which the bytes are looked at.
        if text.utf8.allSatisfy(isNameByte) { return true }
        return text.unicodeScalars.allSatisfy {
            isAlphabetic($0) || ("0"..."9").contains($0) || $0 == "_" || $0 == "-"
        }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isAlphabetic(_ scalar: Unicode.Scalar) -> Bool {
        // Unicode's tables are consulted only for characters outside ASCII.
        scalar.isASCII
            ? ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) : scalar.properties.isAlphabetic
    }
}
