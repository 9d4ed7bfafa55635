internal import Dataflow
internal import Digests
internal import Files

/// What has been seen of an attempt so far.
struct Recording {
    /// How a path was used; several uses of a path are one entry if one tells all that the other does.
    private struct Place: Hashable {
        let path: PathBytes
        let kind: Kind

        /// A link and what it leads to have the same path, but are two things to know.
        enum Kind: Hashable { case target, link }
    }

    /// How many paths, and how many bytes of them, are kept.
    static let mostEntries = 200_000
    static let mostBytes = 64 << 20

    private var places: [Place: ObservedReads.Entry] = [:]
    private var byteCount = 0
    private var refused: Set<ObservedReads.Refusal> = []
    private var refusals: [ObservedReads.Refusal] = []
    private var gap: String?
    /// What the attempt itself has made in folders that others write too.
    private(set) var made: Set<PathBytes> = []
    /// Paths as they were written, and what was done with them, that need not be looked at again.
    private var settled: Set<[UInt8]> = []

    /// The most refusals that are kept.
    private static let mostRefusals = 1000

    /// Adds what was learnt about a path. The first status counts, since it is what the attempt saw.
    ///
    /// - Parameter listing: the digest of a directory's names, taken if it is needed.
    mutating func add(
        _ path: PathBytes, _ aspect: DiscoveredInput.Aspect, _ status: FileStatus?,
        listing: () -> Digest? = { nil }
    ) {
        let place = Place(path: path, kind: aspect == .link ? .link : .target)
        if let known = places[place] {
            guard known.aspect < aspect else { return }
            places[place]?.aspect = aspect
            places[place]?.listing = listing()
            return
        }
        guard places.count < Self.mostEntries, byteCount + path.bytes.count <= Self.mostBytes else {
            note("it looked at more than \(Self.mostEntries) paths outside of its inputs")
            return
        }
        byteCount += path.bytes.count
        places[place] = ObservedReads.Entry(
            path: path, aspect: aspect, status: status, listing: listing())
    }

    /// Adds something that was refused.
    mutating func refuse(_ attempt: ObservedReads.Refusal.Attempt, _ path: PathBytes?) {
        let refusal = ObservedReads.Refusal(attempt: attempt, path: path)
        guard refusals.count < Self.mostRefusals, refused.insert(refusal).inserted else { return }
        refusals.append(refusal)
    }

    /// Keeps the first reason why something may have gone unnoticed.
    mutating func note(_ reason: String) { if gap == nil { gap = reason } }

    /// Keeps that the attempt has made a file.
    mutating func make(_ path: PathBytes) {
        if made.count < Self.mostEntries { made.insert(path) }
    }

    /// True if the same path has been used in the same way before.
    func isSettled(_ use: [UInt8]) -> Bool { settled.contains(use) }

    /// The next time nothing new can be learnt.
    mutating func settle(_ use: [UInt8]) {
        if settled.count < Self.mostEntries { settled.insert(use) }
    }

    /// All that was seen.
    var reads: ObservedReads {
        let entries = places.values.sorted { left, right in
            left.path == right.path ? left.aspect < right.aspect : left.path < right.path
        }
        return ObservedReads(entries: entries, refusals: refusals, gap: gap)
    }
}
