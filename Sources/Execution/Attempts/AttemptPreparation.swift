import Dataflow
import Digests
import Files
import JSON
import StageKit
import StageSchemas

/// The process to start for an attempt.
struct AttemptLaunch {
    let executable: String
    let arguments: [String]
    var environment: [String: String]
    /// True if it writes events to descriptor 3.
    let reportsEvents: Bool
}

/// Places an attempt's inputs in its folder and determines the process to start, identically for every executor.
struct AttemptPreparation {
    let store: any ArtifactStoring
    let options: RunOptions
    private let programs = FoundPrograms()

    init(store: any ArtifactStoring, options: RunOptions) {
        self.store = store
        self.options = options
    }

    func prepare(_ attempt: Attempt) throws -> AttemptLaunch {
        let stage = attempt.stage
        for output in stage.outputs where output.fileName.utf8.contains(UInt8(ascii: "/")) {
            try FileSystem.makeDirectories(attempt.path(of: output).parent)
        }
        let places = try materializeInputs(of: attempt)
        var environment = environment(scratch: attempt.scratch)
        for name in stage.secrets { environment[name] = try secret(name) }
        attempt.scrubber = SecretScrubber(of: stage, in: options.environment)
        switch stage.work {
        case .command(let command):
            for name in command.environment { environment[name] = options.environment[name] }
            let script = CommandScript(command: command, attempt: attempt, inputs: places)
            let (executable, arguments) = try script.write(searching: environment["PATH"] ?? "", programs)
            return AttemptLaunch(
                executable: executable, arguments: arguments, environment: environment, reportsEvents: false)
        case .kind(let kind, let parameters, let fingerprint):
            // The folder may have been used by another attempt.
            try FileSystem.removeTree(AttemptFolders.script(in: attempt.folder))
            let request = WorkerRequest(
                kind: kind, fingerprint: fingerprint.hexadecimal, parameters: parameters,
                inputs: places.mapValues { places in
                    places.map {
                        WorkerRequest.Input(
                            path: $0.path.text, coordinates: $0.coordinates, name: $0.name)
                    }
                },
                outputs: Dictionary(
                    uniqueKeysWithValues: stage.outputs.map { ($0.name, attempt.path(of: $0).text) }),
                scratch: attempt.scratch.text,
                resume: attempt.progress?.text,
                threads: min(max(1, attempt.resources.cpus), options.capacity.cpus))
            let path = AttemptFolders.request(in: attempt.folder)
            try FileContents.write(JSONRecord.encode(request), to: path)
            if stage.resources.gpus > 0 {
                for name in Self.deviceVariables { environment[name] = options.environment[name] }
                // Compiled kernels have a separate folder; NVIDIA's, in the home directory, is not writable.
                environment["CUDA_CACHE_DISABLE"] = "1"
            }
            // The content of a download is known in advance, however it arrives.
            if stage.isKnownByContent {
                for name in Self.networkVariables { environment[name] = options.environment[name] }
            }
            environment["OPENBLAS_NUM_THREADS"] = String(request.threads)
            // Freed memory is kept for the next batch of a table: returning it and getting it zeroed again takes a
            // tenth of the time of reading and writing tables.
            environment["MALLOC_TRIM_THRESHOLD_"] = "1073741824"
            environment["MALLOC_MMAP_THRESHOLD_"] = "33554432"
            // The size of Apache Arrow's thread pool.
            environment["OMP_NUM_THREADS"] = String(request.threads)
            return AttemptLaunch(
                executable: options.workerExecutable, arguments: ["worker", path.text],
                environment: environment, reportsEvents: true)
        }
    }

    /// Where a kind that computes on a GPU finds CUDA's libraries and the compiled kernels.
    private static let deviceVariables = [
        "CUDA_DEVICE_ORDER", "LD_LIBRARY_PATH", "SLUICE_CUDA_LIBRARIES", "XDG_CACHE_HOME",
    ]

    /// The proxies and certificates of the environment.
    private static let networkVariables = [
        "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY",
        "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR",
    ]

    /// The value of a secret.
    private func secret(_ name: String) throws -> String {
        guard let value = options.environment[name] else {
            throw CommandTrouble(
                description:
                    "its secret \(name) is not set; set the environment variable, even if to an empty value")
        }
        guard value.isEmpty || value.utf8.count >= SecretScrubber.shortest else {
            throw CommandTrouble(
                description:
                    "its secret \(name) has fewer than \(SecretScrubber.shortest) bytes, too few to be kept out of logs; "
                    + "a variable that is not secret belongs under environment:")
        }
        return value
    }

    /// The environment of every stage: the same on every machine, so that results do not depend on it.
    private func environment(scratch: FilePath) -> [String: String] {
        var environment = [
            "PATH": ProgramSearch.path(in: options.environment), "TZ": "UTC", "TMPDIR": scratch.text,
            // UTF-8, and otherwise the C locale, for which the C library has no files to open.
            "LANG": "C", "LC_CTYPE": "C.UTF-8",
            // Without it every shell reads the user database.
            "SHELL": "/bin/sh",
            // Nothing may be written next to a module.
            "PYTHONDONTWRITEBYTECODE": "1",
        ]
        environment["HOME"] = options.environment["HOME"]
        return environment
    }

    private func materializeInputs(of attempt: Attempt) throws -> [String: [InputPlace]] {
        let stage = attempt.stage
        guard !stage.inputs.isEmpty else { return [:] }
        let folder = AttemptFolders.inputs(in: attempt.folder)
        try FileSystem.makeDirectories(folder)
        var places: [String: [InputPlace]] = [:]
        for input in stage.inputs {
            let elements = attempt.job.material.inputs[input.name] ?? []
            let base = folder.appending(input.name)
            switch input.source {
            case .gather(let references):
                let names = elements.count == references.count ? references.map(\.description) : nil
                places[input.name] = try gather(elements, of: input.name, names, in: base, attempt)
            case .elsewhere(let output) where output.gatheredStage != nil:
                let names = elements.map { output.reference(to: $0.coordinates).description }
                places[input.name] = try gather(elements, of: input.name, names, in: base, attempt)
            case .output, .member, .external, .elsewhere:
                guard let element = elements.first else { continue }
                var name = base.text
                switch input.source {
                case .external(let source):
                    try store.artifacts.adopt(source, digest: element.digest)
                    name = source.path
                case .output(let reference): name = "\(reference)"
                case .elsewhere(let output): name = "\(output)"
                case .member(_, let path, _): name = path
                case .gather: break
                }
                try store.artifacts.materialize(element.digest, at: base, isExecutable: element.isExecutable)
                try attempt.inputStamps.add(input.name, at: base)
                if case .external(let source) = input.source, InputStamps.isOutside(base),
                    try store.sources.digest(of: source) != element.digest
                {
                    throw InputChange(source: source.path)
                }
                places[input.name] = [InputPlace(path: base, coordinates: element.coordinates, name: name)]
            }
        }
        return places
    }

    /// Puts the artifacts of an input into a folder, by their positions.
    private func gather(
        _ elements: [KeyMaterial.Element], of input: String, _ names: [String]?, in folder: FilePath,
        _ attempt: Attempt
    ) throws -> [InputPlace] {
        try FileSystem.makeDirectory(folder)
        return try elements.enumerated().map { position, element in
            let path = folder.appending(String(position))
            try store.artifacts.materialize(element.digest, at: path, isExecutable: element.isExecutable)
            try attempt.inputStamps.add(input, at: path)
            return InputPlace(
                path: path, coordinates: element.coordinates,
                name: names?[position] ?? "\(input)[\(position)]")
        }
    }
}

/// The path of an artifact in an input.
struct InputPlace {
    let path: FilePath
    let coordinates: [String: Value]
    /// What users call it.
    let name: String
}

/// An external input has changed since the key was computed.
struct InputChange: Error, CustomStringConvertible {
    let source: String
    var description: String { "the input \(source) has just changed; run again" }
}
