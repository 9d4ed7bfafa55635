import Confinement
import Dataflow
import Files
import Processes

/// How an attempt is confined and observed.
struct AttemptConfinement {
    private let policy: PreparedPolicy
    /// Kept until the attempt has started.
    private let ruleset: Ruleset?
    /// What is recorded of its calls; nil if they are not observed.
    let rules: ObservationRules?

    init(policy: PreparedPolicy, ruleset: Ruleset?, rules: ObservationRules?) {
        self.policy = policy
        self.ruleset = ruleset
        self.rules = rules
    }

    /// The system calls that its processes may make.
    var calls: ProcessRestriction.Calls { policy.calls(isObserved: rules != nil) }

    /// What its process is started with.
    func restriction(listener: ProcessRestriction.Listener?) -> ProcessRestriction {
        policy.restriction(ruleset, listener: listener)
    }
}

/// Confines and observes the attempts of a run. What they have in common is prepared once.
final class RunConfinement {
    let places: StagePlaces
    let support: ConfinementSupport
    /// Nil if this kernel does not let calls be observed.
    let observer: Observer?
    private var surroundings: (rules: [ConfinementPolicy.Rule], stamps: [FileStatus?], opened: [PathBytes])?
    private var prepared: [Scheme: PreparedPolicy] = [:]
    private var rulesets = RulesetCache()
    /// The folder of the attempts' folders, and its path without links.
    private var attempts: (folder: FilePath, canonical: PathBytes)?

    /// What attempts may reach besides their own folders and inputs.
    private struct Scheme: Hashable {
        enum Reach: Hashable { case everything, system }
        let reach: Reach
        let allowsNetwork: Bool
    }

    init(places: StagePlaces, support: ConfinementSupport) {
        self.places = places
        self.support = support
        observer = support.observesCalls ? Observer() : nil
    }

    /// The confinement of an attempt.
    func confine(_ attempt: Attempt) throws -> AttemptConfinement {
        let stage = attempt.stage
        let own = try OwnPlaces(attempt, in: canonicalFolder(of: attempt), places)
        let isCommand = if case .command = stage.work { true } else { false }
        let readsAll = isCommand && stage.permissions.reads == .discovered
        let policy = try policy(
            Scheme(reach: readsAll ? .everything : .system, allowsNetwork: stage.permissions.allowsNetwork))
        let ruleset = try rulesets.ruleset(policy, adding: own.rules(places))
        // A stage kind can read only what its request names; Landlock enforces that.
        let isObserved = isCommand && observer != nil
        return AttemptConfinement(
            policy: policy, ruleset: ruleset, rules: isObserved ? rules(stage, own) : nil)
    }

    /// The path of an attempt's folder without links; only this process makes folders there.
    private func canonicalFolder(of attempt: Attempt) throws -> PathBytes {
        let parent = attempt.folder.parent
        if attempts?.folder != parent {
            attempts = (parent, PathBytes(try FileSystem.canonical(parent)))
        }
        return (attempts?.canonical ?? PathBytes(parent)).appending(attempt.folder.lastComponent.utf8)
    }

    private func rules(_ stage: Stage, _ own: OwnPlaces) -> ObservationRules {
        var rules = ObservationRules()
        rules.commandFolders = Set(places.commandFolders)
        rules.known = own.readable
        rules.writable = own.writable
        rules.devices += own.devices
        rules.hidden = places.hidden
        rules.ownFolder = own.folder
        rules.products = places.products
        rules.workingDirectory = places.workingDirectory
        rules.readsOnlyDeclared = stage.permissions.reads == .declared
        rules.kernelScopesSockets = support.landlockVersion >= 6
        return rules
    }

    private func policy(_ scheme: Scheme) throws -> PreparedPolicy {
        if scheme.reach == .everything { refreshSurroundings() }
        if let policy = prepared[scheme] { return policy }
        var policy = ConfinementPolicy(allowsNetwork: scheme.allowsNetwork)
        switch scheme.reach {
        case .everything:
            for rule in surroundings?.rules ?? [] { policy.allow(rule.access, rule.path) }
        case .system:
            let system = SystemFolders.standard
            policy.allow(.run, system.folders.filter { $0 != PathBytes("/dev") })
            policy.allow(.run, system.exceptions.filter { $0 != StandardDevices.sharedMemory })
        }
        policy.allow(.device, StandardDevices.harmless)
        policy.allow(.write, StandardDevices.sharedMemory)
        let result = PreparedPolicy(policy, support: support)
        prepared[scheme] = result
        return result
    }

    /// Allows what is next to the store now; otherwise, files created since the last attempt could not be read.
    private func refreshSurroundings() {
        if let surroundings,
            zip(surroundings.opened, surroundings.stamps).allSatisfy({ Self.stamp($0) == $1 })
        {
            return
        }
        let found = Surroundings(hiding: places.hidden + places.products)
        surroundings = (found.rules, found.opened.map(Self.stamp), found.opened)
        prepared = prepared.filter { $0.key.reach != .everything }
        rulesets.removeAll()
    }

    private static func stamp(_ path: PathBytes) -> FileStatus? {
        try? FileStatus(of: FilePath(path.description))
    }
}

/// What belongs to an attempt: its inputs, its folders, and what its stage allows in addition.
private struct OwnPlaces {
    /// Its folder.
    let folder: PathBytes
    /// What it may read without being recorded.
    let readable: [PathBytes]
    /// What it may write without being recorded.
    let writable: [PathBytes]
    /// Devices that it may use: those of GPUs, if it reserves any.
    let devices: [PathBytes]
    /// The libraries that its worker loads.
    private let programs: [PathBytes]
    /// Where its worker keeps compiled kernels.
    private let kernels: PathBytes?

    /// - Parameter folder: the attempt's folder, without links.
    init(_ attempt: Attempt, in folder: PathBytes, _ places: StagePlaces) throws {
        let stage = attempt.stage
        self.folder = folder
        func own(_ path: FilePath) -> PathBytes { folder.appending(path.lastComponent.utf8) }
        var readable = [
            own(AttemptFolders.inputs(in: attempt.folder)), own(AttemptFolders.script(in: attempt.folder)),
        ]
        readable.append(own(AttemptFolders.request(in: attempt.folder)))
        for input in stage.inputs {
            if case .external(let source) = input.source, source.shape != .matches {
                readable.append(places.path(source.path))
            }
        }
        if case .command(let command) = stage.work {
            for source in command.code {
                guard source.shape == .matches else {
                    readable.append(places.path(source.path))
                    continue
                }
                let pattern = try PathPattern(source.path)
                readable += try pattern.matches().map { places.path(pattern.path(of: $0)) }
            }
        }
        readable += stage.permissions.readable.map { places.path($0) }
        self.readable = readable
        var writable = [own(attempt.outputs), own(attempt.scratch), own(attempt.log)]
        if let progress = attempt.progress {
            writable.append(PathBytes((try? FileSystem.canonical(progress)) ?? progress))
        }
        for text in stage.permissions.writable {
            let path = places.path(text)
            if places.contains(storeIn: path) || places.belongsToStore(path) {
                throw CommandTrouble(
                    description:
                        "allow: { write: [\(text)] } would let it write to the store, which is in that folder; "
                        + "name the folders that it writes to")
            }
            // Landlock rules need existing paths.
            if !FileSystem.exists(FilePath(path.description)) {
                try FileSystem.makeDirectories(FilePath(path.description))
            }
            writable.append(path)
        }
        self.writable = writable
        devices = stage.resources.gpus > 0 ? StandardDevices.graphicsPresent : []
        let isCommand = if case .command = stage.work { true } else { false }
        let gpu = isCommand || stage.resources.gpus == 0 ? nil : places.gpu
        programs = isCommand ? [] : places.programs + (gpu?.libraries ?? [])
        kernels = gpu?.cache
    }

    /// The Landlock rules.
    func rules(_ places: StagePlaces) -> [ConfinementPolicy.Rule] {
        var rules = readable.filter { !places.contains(storeIn: $0) }.map {
            ConfinementPolicy.Rule(path: $0, access: .run)
        }
        // Of a folder that contains the store, everything but the store.
        let others = readable.filter { places.contains(storeIn: $0) }
        if !others.isEmpty {
            rules += Surroundings(hiding: places.hidden).rules.filter { rule in
                others.contains { rule.path.isWithin($0) }
            }
        }
        rules += writable.map { ConfinementPolicy.Rule(path: $0, access: .write) }
        rules += devices.map { ConfinementPolicy.Rule(path: $0, access: .device) }
        rules += programs.map { ConfinementPolicy.Rule(path: $0, access: .run) }
        if let kernels { rules.append(ConfinementPolicy.Rule(path: kernels, access: .write)) }
        return rules
    }
}
