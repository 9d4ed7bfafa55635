package import Digests

/// Looks at what is at the paths that somebody else has named, to learn which results of commands would be the same here.
///
/// Whoever makes a path set may name what he likes: devices, endless nodes, all files of a disk. So looking has limits, and
/// nothing is looked at that a command's result cannot depend on. A path set that goes beyond them is not used, which costs a
/// run of its stage.
package struct PathSetJudge {
    /// How much is looked at.
    package struct Limits: Sendable {
        /// The most paths of one look-up, folders on the way included.
        package var paths = 200_000
        /// The most bytes of files that one look-up reads; those whose digests are known cost nothing.
        package var bytes = 4 << 30
        /// How long one look-up takes at most, in seconds.
        package var seconds = 30.0
        /// The most paths of all look-ups.
        package var allPaths = 2_000_000
        /// How long all look-ups take at most, in seconds.
        package var allSeconds = 300.0

        package init() {}
    }

    /// Why a path set is not used.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// What a look-up has found.
    package struct Judgement {
        /// The results that would do, the best first.
        package var candidates: [ResultCandidate] = []
        /// The path sets that were not used.
        package var refusals: [(pathSet: Digest, reason: String)] = []
    }

    private let sight: ResultFinder.Sight
    private let allowance: Allowance
    private var evaluator: SnapshotEvaluator

    /// - Parameters:
    ///   - node: the encoding of a node of a path set; nil if there is none.
    ///   - now: the time in seconds, from any beginning.
    package init(
        sight: ResultFinder.Sight, limits: Limits = Limits(), now: @escaping () -> Double,
        node: @escaping SnapshotEvaluator.NodeReader
    ) {
        self.sight = sight
        let allowance = Allowance(limits, now)
        self.allowance = allowance
        evaluator = SnapshotEvaluator(
            node: node,
            state: { input in
                let limit = try allowance.path()
                let (state, bytesRead) = try sight.foreignState(input, limit)
                allowance.bytes -= bytesRead
                return state
            }, mostEntries: limits.paths)
    }

    /// True if a stage's results depend on what its command has read.
    package static func concerns(_ stage: Stage) -> Bool {
        if case .command = stage.work { true } else { false }
    }

    /// True if nothing more is looked at.
    package var isSpent: Bool { allowance.isSpent }

    /// The results of a stage that would be the same today, given the path sets that its results may have.
    ///
    /// - Parameter key: the key of what the command declares.
    package mutating func judge(_ pathSets: [Digest], of key: Key, _ stage: Stage) throws -> Judgement {
        var judgement = Judgement()
        allowance.begin()
        defer { allowance.end() }
        for pathSet in pathSets.prefix(ResultFinder.mostPathSets) {
            do {
                if let snapshot = try evaluator.snapshot(ofPathSet: pathSet) {
                    let discovered = Trace.Discovered(declared: key, pathSet: pathSet, snapshot: snapshot)
                    judgement.candidates.append(
                        ResultCandidate(key: Key(declared: key, snapshot: snapshot), discovered: discovered))
                } else if evaluator.isExhausted {
                    judgement.refusals.append((pathSet, allowance.tooManyPaths))
                }
            } catch let refusal as Refusal {
                judgement.refusals.append((pathSet, refusal.description))
            }
        }
        if !sight.observes(stage) { judgement.candidates.append(ResultCandidate(key: key)) }
        return judgement
    }

    /// What may still be looked at.
    private final class Allowance {
        private let limits: Limits
        private let now: () -> Double
        private var started = 0.0
        private var paths = 0
        var bytes = 0
        private var allPaths: Int
        private var allSeconds: Double

        init(_ limits: Limits, _ now: @escaping () -> Double) {
            self.limits = limits
            self.now = now
            allPaths = limits.allPaths
            allSeconds = limits.allSeconds
        }

        var isSpent: Bool { allPaths <= 0 || allSeconds <= 0 }

        var tooManyPaths: String { "it names more than \(limits.paths) paths" }

        func begin() {
            started = now()
            paths = limits.paths
            bytes = limits.bytes
        }

        func end() { allSeconds -= now() - started }

        /// Takes one more path.
        ///
        /// - Returns: how many bytes may be read.
        func path() throws -> Int {
            paths -= 1
            allPaths -= 1
            guard paths >= 0 else { throw Refusal(tooManyPaths) }
            guard allPaths >= 0 else {
                throw Refusal("path sets have named \(limits.allPaths) different paths by now")
            }
            guard now() - started <= min(limits.seconds, max(0, allSeconds)) else {
                throw Refusal("looking at what it names takes more than \(Int(limits.seconds)) seconds")
            }
            guard bytes > 0 else { throw Self.tooManyBytes(limits.bytes) }
            return bytes
        }

        private static func tooManyBytes(_ limit: Int) -> Refusal {
            Refusal("the files that it names have more than \(limit) bytes")
        }
    }
}

@available(*, unavailable)
extension PathSetJudge: Sendable {}
