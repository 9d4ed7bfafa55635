import Dataflow
import StageSchemas
import Texts

/// The stages that a command line names, by words and by tags.
struct StageChoice: Sendable {
    /// Names, patterns and the like; all stages if there are none.
    var words: [String] = []
    /// Of these, the stages with one of the tags; all of them if there is none.
    var tags: [String] = []

    /// True if it is all stages.
    var isEmpty: Bool { words.isEmpty && tags.isEmpty }
}

/// Finds the stages that words on the command line mean.
extension Pipeline {
    /// The chosen stages.
    ///
    /// - Throws: `CommandFailure` with the nearest name or tag, or if no stage is left.
    func stages(_ choice: StageChoice) throws -> Set<StageID> {
        var chosen = choice.words.isEmpty ? Set(stages.map(\.id)) : try stages(named: choice.words)
        guard !choice.tags.isEmpty else { return chosen }
        var tagged: Set<StageID> = []
        for tag in choice.tags { tagged.formUnion(try stages(withTag: tag)) }
        chosen.formIntersection(tagged)
        guard chosen.isEmpty else { return chosen }
        throw CommandFailure.usage(
            "none of the named stages has the tag \(choice.tags.map { "'\($0)'" }.joined(separator: " or "))")
    }

    private func stages(withTag tag: String) throws -> [StageID] {
        let found = stages.filter { $0.tags.contains(tag) }.map(\.id)
        guard found.isEmpty else { return found }
        let known = tags
        let list = known.isEmpty ? "; no stage has tags:" : "; the tags are " + known.joined(separator: ", ")
        throw CommandFailure.usage("no stage has the tag '\(tag)'" + (didYouMean(tag, among: known) ?? list))
    }

    /// All tags, sorted.
    var tags: [String] { Set(stages.flatMap(\.tags)).sorted { $0.precedesByBytes($1) } }

    /// The stages that a word means, in the pipeline's order.
    ///
    /// A name (`model`) means all its instances, an id (`model[fold=0]`) one; `*` stands for anything (`train-*`, `model[*]`), and
    /// `tag:slow` for the stages with a tag. `+` before the word adds all that they read from, directly or indirectly, and `+` behind it all that depends on them.
    ///
    /// - Throws: `CommandFailure` with the nearest name.
    func stages(named word: String) throws -> [StageID] {
        var name = word[...]
        let addsSources = name.beginsWith("+")
        if addsSources { name = Substring(name.utf8.dropFirst()) }
        let addsDependents = name.endsWith("+")
        if addsDependents { name = Substring(name.utf8.dropLast()) }
        let named = try stages(matching: String(name), word: word)
        guard addsSources || addsDependents else { return named }
        var found = Set(named)
        if addsDependents { found.formUnion(dependents(of: Set(named))) }
        if addsSources { found.formUnion(sources(of: Set(named))) }
        return stages.map(\.id).filter(found.contains)
    }

    private func stages(matching name: String, word: String) throws -> [StageID] {
        if name.hasPrefix("tag:") { return try stages(withTag: String(name.utf8.dropFirst(4)) ?? "") }
        let name = name.hasSuffix("[*]") ? String(name.dropLast(3)) : name
        let pattern = name.utf8.contains(UInt8(ascii: "*")) ? StagePattern(name) : nil
        let found = stages.map(\.id).filter { stage in
            if let pattern { return pattern.matches(stage.description) || pattern.matches(stage.name) }
            return stage.description.hasSameBytes(as: name) || stage.name.hasSameBytes(as: name)
        }
        guard found.isEmpty else { return found }
        var names: [String] = []
        for stage in stages {
            if names.last != stage.id.name { names.append(stage.id.name) }
        }
        if let base = name.firstPlace(of: "["), names.contains(String(name[..<base])) {
            let instances = stages.map(\.id).filter { $0.name == name[..<base] }
            let shown = instances.prefix(8).map(\.description).joined(separator: ", ")
            throw CommandFailure.usage("there is no stage '\(word)'; its instances are \(shown)")
        }
        let hint = didYouMean(name, among: names)
        let known = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
        throw CommandFailure.usage("there is no stage '\(word)'" + (hint ?? "; the stages are " + known))
    }

    /// The stages that any of the words means.
    func stages(named words: [String]) throws -> Set<StageID> {
        var result: Set<StageID> = []
        for word in words { result.formUnion(try stages(named: word)) }
        return result
    }
}

/// A name in which `*` stands for any bytes.
struct StagePattern {
    /// What stands between the stars.
    private let parts: [[UInt8]]

    init(_ text: String) { parts = text.parts(between: "*").map { Array($0.utf8) } }

    func matches(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        guard let first = parts.first, let last = parts.last, rest.starts(with: first) else { return false }
        guard parts.count > 1 else { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() where !part.isEmpty {
            // The first place is the best: it leaves the most for the other parts.
            guard let place = rest.firstRange(of: part) else { return false }
            rest = rest[place.upperBound...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}
