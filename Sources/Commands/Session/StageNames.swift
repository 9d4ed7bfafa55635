import Dataflow
import StageSchemas
import Texts

/// Finds the stages that words on the command line mean.
extension Pipeline {
    /// The stages of a name (`model`, all its instances), an id (`model[fold=0]`) or a gather (`model[*]`).
    ///
    /// - Throws: `CommandFailure` with the nearest name.
    func stages(named word: String) throws -> [StageID] {
        let name = word.hasSuffix("[*]") ? String(word.dropLast(3)) : word
        let found = stages.map(\.id).filter {
            $0.description.hasSameBytes(as: name) || $0.name.hasSameBytes(as: name)
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
