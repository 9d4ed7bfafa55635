import Dataflow
import StageSchemas
import Synchronization
import Texts
import YAML

/// Included files. Each is read only once, so that its content stays the same.
final class IncludedFiles: Sendable {
    private let read: @Sendable (String) throws -> String
    private let nodes = Mutex<[String: Node]>([:])

    init(read: @escaping @Sendable (String) throws -> String) { self.read = read }

    /// The content of a file; nil after a mistake.
    func root(of path: String, _ mark: Mark, _ diagnostics: inout Diagnostics) -> Node? {
        if let node = nodes.withLock({ $0[path] }) { return node }
        let text: String
        do {
            text = try read(path)
        } catch {
            diagnostics.add("include: \(error)", at: mark)
            return nil
        }
        guard let node = diagnostics.parse(text, file: path) else { return nil }
        nodes.withLock { $0[path] = node }
        return node
    }
}

/// Collects the stages of a file and of those that it includes.
struct StageCollector {
    /// An entry under `stages:` and the file that it is in.
    struct Entry {
        let entry: Node.Entry
        let file: StageFile
    }

    /// How deep includes may be nested, and how many files there may be in all.
    private static let maximumDepth = 16
    private static let maximumCount = 1_000

    let included: IncludedFiles
    private(set) var entries: [Entry] = []
    /// Every file, those that are included after the file that includes them.
    private(set) var files: [StageFile] = []
    /// True if a file could not be read, so that stages are missing.
    private(set) var isIncomplete = false

    init(_ included: IncludedFiles) { self.included = included }

    /// Adds the stages of a file: first those of the files that it includes.
    mutating func add(_ file: StageFile, _ diagnostics: inout Diagnostics) {
        files.append(file)
        add(includesOf: file, &diagnostics)
        guard let node = file["stages"] else {
            if file["include"] == nil {
                diagnostics.add("stages: is missing", at: file.mark)
            }
            return
        }
        guard case .mapping(let stages) = node.content, !stages.isEmpty else {
            diagnostics.add("stages: expected a map from names to stages", at: node.mark)
            return
        }
        entries.reserveCapacity(entries.count + stages.count)
        for stage in stages { entries.append(Entry(entry: stage, file: file)) }
        for input in file.inclusion?.inputs ?? [] where stages.contains(where: { $0.key == input.key }) {
            diagnostics.add(
                "inputs: \(file.path) already has a stage '\(input.key)'; choose another name", at: input.mark
            )
        }
    }

    private mutating func add(includesOf file: StageFile, _ diagnostics: inout Diagnostics) {
        guard let node = file["include"] else { return }
        guard case .sequence(let items) = node.content else {
            diagnostics.add(
                "include: expected a list of files, such as [features.yaml, { file: model.yaml, prefix: small- }]",
                at: node.mark)
            return
        }
        for item in items {
            guard let include = Include(item, file.scope, &diagnostics),
                let path = checked(include, from: file, &diagnostics),
                let root = included.root(of: path, include.mark, &diagnostics)
            else {
                isIncomplete = true
                continue
            }
            guard case .mapping = root.content else {
                diagnostics.add("include: \(path) is not a map with stages:", at: include.mark)
                isIncomplete = true
                continue
            }
            let inclusion = StageFile.Inclusion(
                parent: file, prefix: include.prefix, inputs: include.inputs, mark: include.mark)
            let child = StageFile(root, path: path, inclusion, &diagnostics) { table, diagnostics in
                table.set(include.parameters, from: file.scope, &diagnostics)
            }
            add(child, &diagnostics)
        }
    }

    /// The path of an included file from the working directory; nil, after a mistake, if it includes itself or exceeds a limit.
    private func checked(
        _ include: Include, from file: StageFile, _ diagnostics: inout Diagnostics
    ) -> String? {
        let path = Self.path(include.path, from: StageFile.folder(of: file.path))
        var chain = [path]
        var current: StageFile? = file
        while let step = current {
            chain.append(step.path)
            if step.path.hasSameBytes(as: path) {
                diagnostics.add(
                    "include: these files include each other: " + chain.reversed().joined(separator: " → "),
                    at: include.mark)
                return nil
            }
            current = step.inclusion?.parent
        }
        guard chain.count <= Self.maximumDepth + 1 else {
            diagnostics.add(
                "include: files are nested more than \(Self.maximumDepth) deep", at: include.mark)
            return nil
        }
        guard files.count <= Self.maximumCount else {
            diagnostics.add("include: more than \(Self.maximumCount) files in all", at: include.mark)
            return nil
        }
        return path
    }

    /// A path relative to a folder, with every `.`, and every name before a `..`, removed.
    static func path(_ path: String, from folder: String) -> String {
        let isAbsolute = path.utf8.first == UInt8(ascii: "/") || folder.utf8.first == UInt8(ascii: "/")
        let whole = path.utf8.first == UInt8(ascii: "/") ? path : folder + "/" + path
        var parts: [String] = []
        for part in whole.parts(between: "/", omitsEmpty: true) where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !isAbsolute {
                parts.append(part)
            }
        }
        return (isAbsolute ? "/" : "") + parts.joined(separator: "/")
    }

    /// The available amounts of custom resources; the outermost file that gives one decides.
    func resources(_ diagnostics: inout Diagnostics) -> [String: Int] {
        var known: [String: (count: Int, file: StageFile)] = [:]
        for file in files {
            for (name, count) in file.resources.sorted(by: { $0.key < $1.key }) {
                guard let other = known[name] else {
                    known[name] = (count, file)
                    continue
                }
                if other.count == count || other.file.includes(file) { continue }
                diagnostics.add(
                    "resources: \(other.file.path) has \(name): \(other.count), and \(file.path) has \(count); set it in "
                        + "the file that includes them", at: file.inclusion?.mark ?? file.mark)
            }
        }
        return known.mapValues(\.count)
    }

    /// Adds mistakes for inputs that no stage of an included file reads.
    func checkInputs(_ diagnostics: inout Diagnostics) {
        for file in files {
            for input in file.inclusion?.inputs ?? [] where !file.usedInputs.contains(input.key) {
                diagnostics.add("inputs: no stage of \(file.path) reads '\(input.key)'", at: input.mark)
            }
        }
    }
}

extension StageFile {
    /// True if it includes another, directly or indirectly.
    fileprivate func includes(_ other: StageFile) -> Bool {
        var file = other
        while let parent = file.inclusion?.parent {
            if parent === self { return true }
            file = parent
        }
        return false
    }
}

/// An element of `include:`.
private struct Include {
    let path: String
    let mark: Mark
    private(set) var prefix: String?
    private(set) var parameters: [Node.Entry] = []
    private(set) var inputs: [Node.Entry] = []

    private static let keys = ["file", "prefix", "parameters", "inputs"]

    /// An element; nil after a mistake that leaves too little to continue.
    init?(_ node: Node, _ scope: Scope, _ diagnostics: inout Diagnostics) {
        var fields: [Node.Entry] = []
        var fileNode: Node? = node
        if case .mapping(let entries) = node.content {
            fields = entries
            fileNode = entries.first { $0.key == "file" }?.value
        }
        guard let fileNode, case .string(let path) = scope.value(of: fileNode, &diagnostics), !path.isEmpty,
            !path.utf8.contains(0)
        else {
            diagnostics.add("include: expected a file: { file: features.yaml }", at: node.mark)
            return nil
        }
        self.path = path
        mark = fileNode.mark
        for field in fields where field.key != "file" {
            switch field.key {
            case "prefix":
                guard case .scalar(let text, _) = field.value.content, StageDeclaration.isName(text) else {
                    diagnostics.add(
                        "prefix: expected a prefix for the stages' names, such as small-",
                        at: field.value.mark)
                    continue
                }
                prefix = text
            case "parameters": parameters = StageDeclaration.entries(field.value, "parameters", &diagnostics)
            case "inputs": inputs = StageDeclaration.entries(field.value, "inputs", &diagnostics)
            default:
                diagnostics.add(
                    "include: unknown key '\(field.key)'"
                        + (didYouMean(field.key, among: Self.keys)
                            ?? "; it has " + Self.keys.joined(separator: ", ")),
                    at: field.mark)
            }
        }
        for input in inputs where !StageDeclaration.isName(input.key) {
            diagnostics.add("'\(input.key)' is not a valid input name", at: input.mark)
        }
    }
}
