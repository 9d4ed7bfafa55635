import Dataflow
import StageSchemas
import Texts

/// The stages that a command line names, by words and by tags.
struct StageChoice: Sendable {
    /// Names, patterns and other words; all stages if there are none.
    var words: [String] = []
    /// Of these, the stages with one of the tags; all of them if there is none.
    var tags: [String] = []

    /// True if it is all stages.
    var isEmpty: Bool { words.isEmpty && tags.isEmpty }
}

/// The stages that words on a command line can mean: those of a pipeline, or of a run.
///
/// A name (`model`) means all its instances, an id (`model[fold=0]`) one; `*` stands for anything (`train-*`, `model[*]`), and
/// `tag:slow` for the stages with a tag. `+` before the word adds all that they read from, directly or indirectly, and `+`
/// behind it all that depends on them.
struct StageNames {
    private let ids: [String]
    private let names: [String]
    /// How a message says that a stage is missing: "there is no", or "run 3 has no".
    private let lack: String

    init(ids: [String], names: [String], lack: String) {
        self.ids = ids
        self.names = names
        self.lack = lack
    }

    /// The stages that a word means, as indices in ascending order.
    ///
    /// - Parameters:
    ///   - tagged: finds the stages with a tag.
    ///   - sources: adds all that stages read from.
    ///   - dependents: adds all that depends on stages.
    /// - Throws: `CommandFailure` with the nearest name.
    func indices(
        of word: String, tagged: (String) throws -> [Int], sources: ([Int]) -> [Int],
        dependents: ([Int]) -> [Int]
    ) throws -> [Int] {
        var name = word[...]
        let addsSources = name.beginsWith("+")
        if addsSources { name = Substring(name.utf8.dropFirst()) }
        let addsDependents = name.endsWith("+")
        if addsDependents { name = Substring(name.utf8.dropLast()) }
        let named =
            name.beginsWith("tag:")
            ? try tagged(String(decoding: name.utf8.dropFirst(4), as: UTF8.self))
            : try indices(matching: String(name), word: word)
        guard addsSources || addsDependents else { return named }
        var found = Set(named)
        if addsDependents { found.formUnion(dependents(named)) }
        if addsSources { found.formUnion(sources(named)) }
        return found.sorted()
    }

    private func indices(matching text: String, word: String) throws -> [Int] {
        let name = StageID.gathered(text) ?? text
        let pattern = name.utf8.contains(UInt8(ascii: "*")) ? StagePattern(name) : nil
        let found = ids.indices.filter { index in
            if let pattern { return pattern.matches(ids[index]) || pattern.matches(names[index]) }
            return ids[index].hasSameBytes(as: name) || names[index].hasSameBytes(as: name)
        }
        guard found.isEmpty else { return found }
        throw missing(name, word: word)
    }

    /// The failure for a word that means no stage: with its instances, the nearest name, or the stages that there are.
    func missing(_ name: String, word: String) -> CommandFailure {
        let message = "\(lack) stage '\(word)'"
        let base = StageID.name(of: name)
        if base.utf8.count < name.utf8.count {
            let instances = ids.indices.filter { names[$0].hasSameBytes(as: base) }
            if !instances.isEmpty {
                let shown = instances.prefix(8).map { ids[$0] }.joined(separator: ", ")
                return .usage("\(message); its instances are \(shown)")
            }
        }
        var known: [String] = []
        for name in names where known.last.map({ !$0.hasSameBytes(as: name) }) ?? true { known.append(name) }
        if let hint = didYouMean(name, among: known) { return .usage(message + hint) }
        let shown = known.prefix(12).joined(separator: ", ") + (known.count > 12 ? ", …" : "")
        return .usage("\(message); the stages are \(shown)")
    }
}

extension Pipeline {
    /// The chosen stages.
    ///
    /// - Throws: `CommandFailure` with the nearest name or tag, or if no stage is left.
    func stages(_ choice: StageChoice) throws -> Set<StageID> {
        var chosen = choice.words.isEmpty ? Set(stages.map(\.id)) : try stages(named: choice.words)
        guard !choice.tags.isEmpty else { return chosen }
        var tagged: Set<StageID> = []
        for tag in choice.tags { tagged.formUnion(try indices(withTag: tag).map { stages[$0].id }) }
        chosen.formIntersection(tagged)
        guard chosen.isEmpty else { return chosen }
        throw CommandFailure.usage(
            "none of the named stages has the tag \(choice.tags.map { "'\($0)'" }.joined(separator: " or "))")
    }

    private func indices(withTag tag: String) throws -> [Int] {
        let found = stages.indices.filter { stages[$0].tags.contains(tag) }
        guard found.isEmpty else { return found }
        let known = tags
        let list = known.isEmpty ? "; no stage has tags" : "; the tags are " + known.joined(separator: ", ")
        throw CommandFailure.usage("no stage has the tag '\(tag)'" + (didYouMean(tag, among: known) ?? list))
    }

    /// All tags, sorted.
    var tags: [String] { Set(stages.flatMap(\.tags)).sorted { $0.precedesByBytes($1) } }

    /// The stages that a word means, in the pipeline's order.
    ///
    /// - Throws: `CommandFailure` with the nearest name.
    func stages(named word: String) throws -> [StageID] { try stages(named: word, stageNames) }

    /// The stages that any of the words means.
    func stages(named words: [String]) throws -> Set<StageID> {
        let names = stageNames
        return try words.reduce(into: []) { $0.formUnion(try stages(named: $1, names)) }
    }

    private var stageNames: StageNames {
        StageNames(ids: stages.map(\.id.description), names: stages.map(\.id.name), lack: "there is no")
    }

    private func stages(named word: String, _ names: StageNames) throws -> [StageID] {
        func reach(_ found: Set<StageID>) -> [Int] { stages.indices.filter { found.contains(stages[$0].id) } }
        func ids(_ indices: [Int]) -> Set<StageID> { Set(indices.map { stages[$0].id }) }
        return try names.indices(
            of: word, tagged: indices(withTag:), sources: { reach(sources(of: ids($0))) },
            dependents: { reach(dependents(of: ids($0))) }
        ).map { stages[$0].id }
    }
}
