internal import Dataflow
internal import Digests
internal import Files

/// What has been observed of an attempt so far.
struct Recording {
    /// How a path was used; several uses of a path are one entry if one reveals all that the others do.
    private struct Place: Hashable {
        let path: PathBytes
        let kind: Kind

        /// A link and its target can have the same path, but are recorded separately.
        enum Kind: Hashable { case target, link }
    }

    /// How many paths, and how many bytes in them, are recorded at most.
    static let maximumEntries = 200_000
    static let maximumBytes = 64 << 20

    private var places: [Place: ObservedReads.Entry] = [:]
    private var byteCount = 0
    private var refused: Set<ObservedReads.Refusal> = []
    private var refusals: [ObservedReads.Refusal] = []
    private var gap: String?
    /// What the attempt itself has created in folders to which others write, too.
    private(set) var made: Set<PathBytes> = []
    /// Uses of paths, as they were written, that need not be examined again.
    private var settled: Set<[UInt8]> = []

    /// The most refusals that are recorded.
    private static let maximumRefusals = 1000

    /// Records what was learned about a path. The first status counts, since it is what the attempt saw.
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
        guard places.count < Self.maximumEntries, byteCount + path.bytes.count <= Self.maximumBytes else {
            note("it looked at more than \(Self.maximumEntries) paths besides its inputs")
            return
        }
        byteCount += path.bytes.count
        places[place] = ObservedReads.Entry(
            path: path, aspect: aspect, status: status, listing: listing())
    }

    /// Records a refusal.
    mutating func refuse(_ attempt: ObservedReads.Refusal.Attempt, _ path: PathBytes?) {
        let refusal = ObservedReads.Refusal(attempt: attempt, path: path)
        guard refusals.count < Self.maximumRefusals, refused.insert(refusal).inserted else { return }
        refusals.append(refusal)
    }

    /// Records why something may have gone unnoticed; only the first reason is kept.
    mutating func note(_ reason: String) { if gap == nil { gap = reason } }

    /// Records that the attempt has created a file.
    mutating func make(_ path: PathBytes) {
        if made.count < Self.maximumEntries { made.insert(path) }
    }

    /// True if the same path has been used in the same way before.
    func isSettled(_ use: [UInt8]) -> Bool { settled.contains(use) }

    /// Notes that this use can reveal nothing new from now on.
    mutating func settle(_ use: [UInt8]) {
        if settled.count < Self.maximumEntries { settled.insert(use) }
    }

    /// Everything that was observed.
    var reads: ObservedReads {
        let entries = places.values.sorted { left, right in
            left.path == right.path ? left.aspect < right.aspect : left.path < right.path
        }
        return ObservedReads(entries: entries, refusals: refusals, gap: gap)
    }
}
