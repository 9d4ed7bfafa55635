import Dataflow
import Digests
import Files
import FoundationEssentials
import Processes
import StageKit
import StageSchemas

/// One try at a stage: its folder, its process, and what the process has said so far.
final class Attempt {
    let index: Int
    let stage: Stage
    let key: Key
    let material: KeyMaterial
    let reasons: [Staleness]
    let number: Int
    let folder: FilePath
    let started: Double
    private(set) var process: ChildProcess?
    private(set) var events: EventReader?
    var metrics: [String: Double] = [:]
    var failure: String?
    var deadline: Double?
    var killTime: Double?
    /// The bound that the attempt was ended for, as a sentence.
    var excess: String?
    var isCanceled = false
    var cost = Cost()

    var log: FilePath { AttemptFolders.log(in: folder) }
    var outputs: FilePath { AttemptFolders.outputs(in: folder) }
    private var inputs: FilePath { folder.appending("inputs") }
    var scratch: FilePath { AttemptFolders.scratch(in: folder) }

    init(
        index: Int, stage: Stage, key: Key, material: KeyMaterial, reasons: [Staleness], number: Int,
        folder: FilePath
    ) {
        self.index = index
        self.stage = stage
        self.key = key
        self.material = material
        self.reasons = reasons
        self.number = number
        self.folder = folder
        started = MonotonicClock.seconds()
        deadline = stage.resources.time.map { started + $0.seconds }
    }

    func path(of output: Stage.Output) -> FilePath { outputs.appending(output.fileName) }

    /// Puts the inputs into the folder, which has been made, and starts the process.
    func start(store: any ArtifactStoring, options: RunOptions, token: String) throws {
        for output in stage.outputs where output.fileName.utf8.contains(UInt8(ascii: "/")) {
            try FileSystem.makeDirectories(path(of: output).parent)
        }
        let places = try materializeInputs(store)
        // At the end, wherever that is: the run adds lines too, and may cut the log short.
        let output = try File(log, .appending)
        var environment = Self.environment(options, token: token, scratch: scratch)
        switch stage.work {
        case .command(let command):
            for name in command.environment { environment[name] = options.environment[name] }
            let text = self.text(of: command, places)
            process = try ChildProcess(
                ChildProcess.Specification(
                    executable: "/bin/sh", arguments: ["-c", text], environment: environment,
                    output: output.descriptor))
        case .kind(let kind, let parameters, let fingerprint):
            let request = WorkerRequest(
                kind: kind, fingerprint: fingerprint.hexadecimal, parameters: parameters,
                inputs: places.mapValues { places in
                    places.map { WorkerRequest.Input(path: $0.path.text, coordinates: $0.coordinates) }
                },
                outputs: Dictionary(
                    uniqueKeysWithValues: stage.outputs.map { ($0.name, path(of: $0).text) }),
                scratch: scratch.text, resume: options.resumeFolder?.appending(key.description).text,
                threads: min(max(1, stage.resources.cpus), options.capacity.cpus))
            let requestPath = folder.appending("request.json")
            try FileContents.write(Array(JSONEncoder().encode(request)), to: requestPath)
            environment["OPENBLAS_NUM_THREADS"] = String(request.threads)
            // What was freed is kept for the next batch of a table: giving it back, and getting it zeroed again, is a
            // tenth of what reading and writing tables takes.
            environment["MALLOC_TRIM_THRESHOLD_"] = "1073741824"
            environment["MALLOC_MMAP_THRESHOLD_"] = "33554432"
            // Apache Arrow's pool of threads goes by this.
            environment["OMP_NUM_THREADS"] = String(request.threads)
            let pipe = try EventReader()
            process = try ChildProcess(
                ChildProcess.Specification(
                    executable: options.workerExecutable, arguments: ["worker", requestPath.text],
                    environment: environment, output: output.descriptor, events: pipe.writing))
            pipe.closeWriting()
            events = pipe
        }
    }

    /// What every stage sees: the same on every machine, so that results do not depend on it.
    private static func environment(
        _ options: RunOptions, token: String, scratch: FilePath
    ) -> [String: String] {
        var environment = [
            "PATH": options.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC", "TMPDIR": scratch.text,
            Guardian.tokenVariable: token,
        ]
        environment["HOME"] = options.environment["HOME"]
        return environment
    }

    private struct Place {
        let path: FilePath
        let coordinates: [String: Value]
    }

    private func materializeInputs(_ store: any ArtifactStoring) throws -> [String: [Place]] {
        guard !stage.inputs.isEmpty else { return [:] }
        try FileSystem.makeDirectory(inputs)
        var places: [String: [Place]] = [:]
        for input in stage.inputs {
            let elements = material.inputs[input.name] ?? []
            let base = inputs.appending(input.name)
            switch input.source {
            case .gather:
                try FileSystem.makeDirectory(base)
                places[input.name] = try elements.enumerated().map { position, element in
                    let path = base.appending(String(position))
                    try store.materialize(element.digest, at: path)
                    return Place(path: path, coordinates: element.coordinates)
                }
            case .output, .external:
                guard let element = elements.first else { continue }
                if case .external(let source) = input.source {
                    try store.adopt(source, digest: element.digest)
                }
                try store.materialize(element.digest, at: base)
                places[input.name] = [Place(path: base, coordinates: element.coordinates)]
            }
        }
        return places
    }

    private func text(of command: Stage.Command, _ places: [String: [Place]]) -> String {
        command.segments.map { segment in
            switch segment {
            case .text(let text): text
            case .input(let name):
                (places[name] ?? []).map { $0.path.text.shellQuoted }.joined(separator: " ")
            case .output(let name):
                stage.outputs.first { $0.name == name }.map { path(of: $0).text.shellQuoted } ?? ""
            }
        }.joined()
    }

    /// The names in the output folder that the stage has not declared.
    func undeclaredOutputs() throws -> [String] {
        let declared = Set(
            stage.outputs.map { $0.fileName.split(separator: "/").first.map(String.init) ?? $0.fileName })
        return try FileSystem.names(in: outputs).filter { !declared.contains($0) }
    }

    /// The process has been reaped: its number may be another's by now, and there is nothing left to watch.
    func forgetProcess() {
        process = nil
        events = nil
        deadline = nil
        killTime = nil
    }
}

extension String {
    /// The text as one word of the shell.
    var shellQuoted: String {
        let plain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/._-+=:@%".utf8.contains(byte)
            }
        }
        if plain && !isEmpty { return self }
        return "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

extension Duration {
    /// The duration in seconds.
    var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) / 1e18
    }
}
