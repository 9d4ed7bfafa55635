internal import Checkpoints

/// A GGUF file's metadata, by name.
struct GGUFMetadata {
    let file: GGUFFile
    /// The prefix of the names of the model's settings.
    let architecture: String

    init(_ file: GGUFFile) throws(CheckpointError) {
        self.file = file
        guard case .text(let bytes)? = file.header.values["general.architecture"] else {
            throw CheckpointError("it lacks 'general.architecture'", path: file.path)
        }
        architecture = String(decoding: bytes.prefix(100), as: UTF8.self)
    }

    func failure(_ message: String) -> CheckpointError { CheckpointError(message, path: file.path) }

    /// A setting of the model.
    private func value(_ name: String) -> (name: String, value: GGUFValue?) {
        let name = "\(architecture).\(name)"
        return (name, file.header.values[name])
    }

    /// Whether a setting is present.
    func has(_ name: String) -> Bool { value(name).value != nil }

    /// An integer; nil if there is none.
    func integer(_ name: String) throws(CheckpointError) -> Int? {
        let (name, value) = value(name)
        switch value {
        case nil: return nil
        case .integer(let number)?: return number
        default: throw failure("'\(name)' is not an integer that is the same for all layers")
        }
    }

    /// An integer within bounds.
    func size(_ name: String, atMost limit: Int = 1 << 24, default fallback: Int? = nil)
        throws(CheckpointError) -> Int
    {
        guard let number = try integer(name) ?? fallback else {
            throw failure("it lacks '\(architecture).\(name)'")
        }
        guard number > 0, number <= limit else {
            throw failure("'\(architecture).\(name)' is \(number), which is not within 1 … \(limit)")
        }
        return number
    }

    /// A positive number; nil if there is none. The format has single precision; the number is read as its shortest decimal,
    /// such as 1e-06.
    func number(_ name: String) throws(CheckpointError) -> Double? {
        let (name, value) = value(name)
        let number: Double?
        switch value {
        case nil: return nil
        case .number(let single)?: number = Double("\(Float(single))")
        case .integer(let integer)?: number = Double(integer)
        default: number = nil
        }
        guard let number, number > 0, number.isFinite else {
            throw failure("'\(name)' is not a positive number")
        }
        return number
    }

    /// A short text; nil if there is none.
    func text(_ name: String) throws(CheckpointError) -> String? {
        let (name, value) = value(name)
        switch value {
        case nil: return nil
        case .text(let bytes)?: return String(decoding: bytes.prefix(100), as: UTF8.self)
        default: throw failure("'\(name)' is not a text")
        }
    }

    /// A nonnegative integer, by its full name; nil if there is none.
    func token(_ name: String) throws(CheckpointError) -> Int? {
        switch file.header.values[name] {
        case nil: return nil
        case .integer(let number)? where number >= 0: return number
        default: throw failure("'\(name)' is not a token")
        }
    }
}
