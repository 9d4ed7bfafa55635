package import Digests
internal import Files

/// A received directory, as its manifest describes it.
package struct ArrivedTree: Sendable {
    /// What is in it.
    package struct Entry: Sendable {
        package enum Kind: Sendable { case file, tree, link }

        package let name: String
        package let kind: Kind
        package let digest: Digest
    }

    package let entries: [Entry]

    /// The limits on depth and entries.
    package static let maximumDepth = Capture.maximumDepth
    package static let maximumEntries = Capture.maximumEntries
    /// The largest manifest, in bytes.
    package static let largestManifest = TreeManifest.maximumBytes(entries: Capture.maximumEntries)
    /// The longest symbolic link, in bytes.
    package static let longestLink = Capture.longestLink

    /// Parses a manifest; nil if it is not one, or if a name leads out of the directory.
    package init?(manifest bytes: [UInt8]) {
        guard let manifest = TreeManifest(bytes: bytes) else { return nil }
        entries = manifest.entries.map { entry in
            let kind: Entry.Kind =
                switch entry.kind {
                case .file, .executable: .file
                case .tree: .tree
                case .link: .link
                }
            return Entry(name: entry.name, kind: kind, digest: entry.digest)
        }
    }

    /// True if a symbolic link at this depth of a tree leads to something inside it.
    package static func isLink(_ target: [UInt8], depth: Int) -> Bool {
        target.count <= longestLink && !target.contains(0)
            && FilePath(bytes: target).staysInTree(depth: depth)
    }
}
