import Confinement
import Dataflow
import Files

/// What an attempt tried and was refused, in sentences that also suggest a remedy.
struct RefusalReport {
    private let refusals: [ObservedReads.Refusal]
    private let places: StagePlaces?
    private let stage: Stage

    /// The maximum number of refusals that are named.
    private static let maximumNamed = 5

    init(_ attempt: Attempt, _ places: StagePlaces?) {
        refusals = attempt.reads?.refusals ?? []
        self.places = places
        stage = attempt.stage
    }

    /// All refusals, for an attempt that has failed; nil if there were none.
    var all: String? { sentence(of: refusals.filter { $0.attempt != .undeclaredLook }) }

    /// Why an attempt that succeeded counts as failed: its result depends on something that no stage may read.
    var forbidden: String? {
        sentence(of: refusals.filter { [.hiddenRead, .ownProduct, .undeclaredRead].contains($0.attempt) })
    }

    /// A notice for an attempt that succeeded although something was refused.
    var notice: String? {
        sentence(of: refusals.filter { [.write, .connection, .network].contains($0.attempt) }).map {
            $0 + "; it continued anyway"
        }
    }

    private func sentence(of refusals: [ObservedReads.Refusal]) -> String? {
        guard !refusals.isEmpty else { return nil }
        var phrases: [String] = []
        for refusal in refusals where phrases.count < Self.maximumNamed {
            let phrase = words(of: refusal)
            if !phrases.contains(phrase) { phrases.append(phrase) }
        }
        let more =
            refusals.count > Self.maximumNamed ? "; and \(refusals.count - Self.maximumNamed) more" : ""
        return "it was not allowed to " + phrases.joined(separator: "; nor to ") + more
    }

    private func words(of refusal: ObservedReads.Refusal) -> String {
        let path = refusal.path.map { places?.discovery.discovered($0).description ?? $0.description } ?? ""
        return switch refusal.attempt {
        case .undeclaredRead, .undeclaredLook:
            "read \(path), which it does not declare (add `inputs: { name: { file: \(path) } }`, or "
                + "`allow: { read: [\(path)] }`)"
        case .ownProduct: "read \(path), which the pipeline has published (read the stage's output instead)"
        case .hiddenRead: "read \(path), which belongs to the store"
        case .write where refusal.path.map(isTemporary) ?? false:
            "write \(path) (use $TMPDIR, or add `allow: { write: [\(path)] }`)"
        case .write: "write \(path) (add `allow: { write: [\(path)] }` if it must)"
        case .connection where refusal.path != nil: "connect to \(path), another program's socket"
        case .connection: "connect to another program's socket"
        case .network: "use the network (add `network: true`)"
        }
    }

    private func isTemporary(_ path: PathBytes) -> Bool {
        if let places, path.isWithin(places.workingDirectory) { return false }
        return ["/tmp", "/var/tmp"].contains { path.isWithin(PathBytes($0)) }
    }
}
