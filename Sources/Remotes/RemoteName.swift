package import Digests

/// The names of the objects in a shared cache.
///
/// ```
/// format                  "sluice cache 1\n": there is a cache here, of this version
/// results/ab/abcd…        a result, by its key
/// commands/ab/abcd…       the path sets of a command's results, by the key of what it declares
/// discoveries/ab/abcd…    a tree of discovery nodes, by its root
/// packs/ab/abcd…          chunks, and lists of objects' chunks, by the digest of the pack's index
/// latest/ab/abcd…         the key of a stage's latest result, by the digest of the pipeline's and the stage's name
/// condemned               the packs that a later collection removes
/// ```
///
/// Only `commands`, `latest` and `condemned` ever change.
package struct RemoteName: Sendable, Hashable {
    /// The folders of objects that are named by digests.
    package enum Folder: String, Sendable, Hashable, CaseIterable {
        case results, commands, discoveries, packs, latest
    }

    package static let format = "format"
    package static let condemned = "condemned"

    package let folder: Folder
    package let digest: Digest

    package init(_ folder: Folder, _ digest: Digest) {
        self.folder = folder
        self.digest = digest
    }

    /// The parts of a name that was found in a cache; nil if this program does not make such names.
    package init?(_ text: String) {
        let parts = text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count == 3, let folder = Folder(rawValue: String(decoding: parts[0], as: UTF8.self)),
            let digest = Digest(hexadecimal: String(decoding: parts[2], as: UTF8.self))
        else { return nil }
        self.init(folder, digest)
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// The name as text.
    package var text: String {
        let name = digest.hexadecimal
        return "\(folder.rawValue)/\(name.prefix(2))/\(name)"
    }

    /// The name of a stage's latest result.
    package static func latest(ofStage stage: String, inPipeline pipeline: String) -> RemoteName {
        RemoteName(.latest, SHA256.digest(of: pipeline + "\0" + stage))
    }
}
