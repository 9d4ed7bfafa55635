import Arguments
import CUDA
import StageSchemas

/// `sluice devices`: what language models can compute on here, and what is missing.
enum DevicesCommand: Command {
    struct Values: CommandValues {
        var isJSON = false
        var directory: String? { nil }
    }

    static let syntax = CommandSyntax<Values>(
        name: "devices", summary: "Show the GPUs that language models can use, and what is missing.",
        discussion: """
            A stage computes on a GPU if it reserves one with `resources: { gpus: 1 }`. This needs an NVIDIA GPU of compute \
            capability 8.0 or newer, its driver, and the libraries NVRTC and cuBLASLt from CUDA 12 or 13, which \
            `make deps-cuda` fetches. The exit status is 0 whatever there is.
            """,
        options: [.json(\.isJSON)])

    static func run(_ values: Values, in session: Session) throws -> ExitStatus {
        let inventory = DeviceInventory()
        if values.isJSON { session.print(document(inventory)) } else { session.print(text(inventory)) }
        return .done
    }

    private static func text(_ inventory: DeviceInventory) -> String {
        var lines = inventory.processors.map { processor in
            "GPU \(processor.ordinal)".padded(toWidth: 12) + processor.name
                + ", \(Amounts.bytes(processor.memory)), compute capability \(processor.major).\(processor.minor)"
                + (processor.isSupported ? "" : "; BF16 needs 8.0 or newer")
        }
        if lines.isEmpty { lines = ["GPU".padded(toWidth: 12) + "none"] }
        for library in inventory.libraries {
            let name = library.name.padded(toWidth: 12)
            switch library.found {
            case .success(let (version, path)): lines.append(name + "\(version), \(path)")
            case .failure(let error): lines.append(name + "missing: \(error)")
            }
        }
        lines.append(
            inventory.isUsable
                ? "Stages with `resources: { gpus: 1 }` compute on a GPU."
                : "Language models compute on the processor here.")
        return lines.joined(separator: "\n")
    }

    private static func document(_ inventory: DeviceInventory) -> Value {
        [
            "usable": .boolean(inventory.isUsable),
            "gpus": .list(
                inventory.processors.map { processor in
                    [
                        "number": .integer(processor.ordinal), "name": .string(processor.name),
                        "memory": .integer(processor.memory),
                        "computeCapability": .string("\(processor.major).\(processor.minor)"),
                        "multiprocessors": .integer(processor.multiprocessors),
                        "supported": .boolean(processor.isSupported),
                    ]
                }),
            "libraries": .list(
                inventory.libraries.map { library in
                    switch library.found {
                    case .success(let (version, path)):
                        ["name": .string(library.name), "version": .string(version), "path": .string(path)]
                    case .failure(let error):
                        ["name": .string(library.name), "missing": .string(error.message)]
                    }
                }),
        ]
    }
}
