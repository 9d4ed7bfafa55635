public import Files

/// The GPUs of this machine, each assigned to one stage at a time through `CUDA_VISIBLE_DEVICES`.
public struct GraphicsProcessors: Sendable {
    /// The variable that limits the GPUs that a process sees.
    static let variable = "CUDA_VISIBLE_DEVICES"

    /// The unassigned GPUs, in the order in which they are assigned.
    private var free: [String]

    /// Some GPUs.
    init(_ names: [String]) { free = names }

    /// The names of this process's GPUs: those that the variable lists, otherwise the numbers of the driver's devices.
    public static func names(environment: [String: String], devices: FilePath = "/dev") -> [String] {
        if let list = environment[variable] {
            // Like the driver: whatever follows a nonexistent number is ignored.
            return list.utf8.split(separator: UInt8(ascii: ","))
                .map { String(decoding: $0.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self) }
                .prefix { $0 != "-1" && !$0.isEmpty }.map { $0 }
        }
        let numbers = ((try? FileSystem.names(in: devices)) ?? []).compactMap { name -> Int? in
            name.hasPrefix("nvidia") ? Int(name.dropFirst("nvidia".count)) : nil
        }
        // The driver counts from 0, whatever the names of the device files.
        return numbers.indices.map { String($0) }
    }

    /// Takes some; fewer if there are no more.
    mutating func take(_ count: Int) -> [String] {
        let taken = Array(free.prefix(count))
        free.removeFirst(taken.count)
        return taken
    }

    /// Gives them back.
    mutating func give(_ names: [String]) { free += names }
}
