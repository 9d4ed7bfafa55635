package import Digests

/// Inspects paths that were named elsewhere, to find out which results of commands are valid here.
///
/// A path set from elsewhere can name anything: devices, endless nodes, all files on a disk. So there are limits, and nothing on
/// which a command's result cannot depend is inspected. A path set that exceeds the limits is not used, so its stage may have to
/// run.
package struct PathSetJudge {
    /// How much is inspected.
    package struct Limits: Sendable {
        /// The maximum number of paths per lookup, including the folders on the way.
        package var paths = 200_000
        /// The maximum number of bytes that one lookup reads; files whose digests are known cost nothing.
        package var bytes = 4 << 30
        /// The time limit of one lookup, in seconds.
        package var seconds = 30.0
        /// The maximum number of paths of all lookups together.
        package var allPaths = 2_000_000
        /// The time limit of all lookups together, in seconds.
        package var allSeconds = 300.0

        package init() {}
    }

    /// Why a path set is not used.
    package struct Refusal: Error, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// The outcome of a lookup.
    package struct Judgment {
        /// The results that are valid here, the best first.
        package var candidates: [ResultCandidate] = []
        /// The path sets that were not used.
        package var refusals: [(pathSet: Digest, reason: String)] = []
    }

    private let view: ResultFinder.FileView
    private let allowance: Allowance
    private var evaluator: SnapshotEvaluator

    /// - Parameters:
    ///   - node: the encoding of a node of a path set; nil if there is none.
    ///   - now: the time in seconds, from an arbitrary origin.
    package init(
        view: ResultFinder.FileView, limits: Limits = Limits(), now: @escaping () -> Double,
        node: @escaping SnapshotEvaluator.NodeReader
    ) {
        self.view = view
        let allowance = Allowance(limits, now)
        self.allowance = allowance
        evaluator = SnapshotEvaluator(
            node: node,
            state: { input in
                let limit = try allowance.path()
                let (state, bytesRead) = try view.foreignState(input, limit)
                allowance.bytes -= bytesRead
                return state
            }, maximumEntries: limits.paths)
    }

    /// True if a stage's results depend on what its command has read.
    package static func concerns(_ stage: Stage) -> Bool {
        if case .command = stage.work { true } else { false }
    }

    /// True if the limits of all lookups are reached.
    package var isSpent: Bool { allowance.isSpent }

    /// The results of a stage that would be valid now, given the path sets that its results may have.
    ///
    /// - Parameter key: the key of what the command declares.
    package mutating func judge(_ pathSets: [Digest], of key: Key, _ stage: Stage) throws -> Judgment {
        var judgment = Judgment()
        allowance.begin()
        defer { allowance.end() }
        for pathSet in pathSets.prefix(ResultFinder.maximumPathSets) {
            do {
                if let snapshot = try evaluator.snapshot(ofPathSet: pathSet) {
                    let discovered = Trace.Discovered(declared: key, pathSet: pathSet, snapshot: snapshot)
                    judgment.candidates.append(
                        ResultCandidate(key: Key(declared: key, snapshot: snapshot), discovered: discovered))
                } else if evaluator.isExhausted {
                    judgment.refusals.append((pathSet, allowance.tooManyPaths))
                }
            } catch let refusal as Refusal {
                judgment.refusals.append((pathSet, refusal.description))
            }
        }
        if !view.observes(stage) { judgment.candidates.append(ResultCandidate(key: key)) }
        return judgment
    }

    /// What may still be inspected.
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

        /// Counts one more path.
        ///
        /// - Returns: how many bytes may be read.
        func path() throws -> Int {
            paths -= 1
            allPaths -= 1
            guard paths >= 0 else { throw Refusal(tooManyPaths) }
            guard allPaths >= 0 else {
                throw Refusal("path sets have already named \(limits.allPaths) different paths")
            }
            guard now() - started <= min(limits.seconds, max(0, allSeconds)) else {
                throw Refusal(
                    "inspecting the paths that it names takes more than \(Int(limits.seconds)) seconds")
            }
            guard bytes > 0 else { throw Self.tooManyBytes(limits.bytes) }
            return bytes
        }

        private static func tooManyBytes(_ limit: Int) -> Refusal {
            Refusal("the files that it names have more than \(limit) bytes in total")
        }
    }
}

@available(*, unavailable)
extension PathSetJudge: Sendable {}
