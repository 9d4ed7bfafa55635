public import Files

/// The GPUs of this machine, each given to one stage at a time: a process sees those in `CUDA_VISIBLE_DEVICES`.
public struct GraphicsProcessors: Sendable {
    /// What limits the GPUs that a process sees.
    static let variable = "CUDA_VISIBLE_DEVICES"

    /// Those that no stage has, in the order in which they are given out.
    private var free: [String]

    /// Some GPUs.
    init(_ names: [String]) { free = names }

    /// What this process's GPUs are called: those that a variable lists, otherwise the numbers of the driver's devices.
    public static func names(environment: [String: String], devices: FilePath = "/dev") -> [String] {
        if let list = environment[variable] {
            // As the driver reads it: what follows a number that does not exist is not seen.
            return list.utf8.split(separator: UInt8(ascii: ","))
                .map { String(decoding: $0.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self) }
                .prefix { $0 != "-1" && !$0.isEmpty }.map { $0 }
        }
        let numbers = ((try? FileSystem.names(in: devices)) ?? []).compactMap { name -> Int? in
            name.hasPrefix("nvidia") ? Int(name.dropFirst("nvidia".count)) : nil
        }
        // The driver counts from 0, whatever the device files are called.
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
