/// What may be done with a path and everything below it: Landlock's rights, by their numbers.
public struct FileAccess: OptionSet, Sendable, Hashable {
    /// Landlock's bits.
    public let rawValue: UInt64

    /// Rights of Landlock's bits.
    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// Run a file as a program.
    public static let execute = FileAccess(rawValue: 1 << 0)
    /// Open a file for writing.
    package static let writeFile = FileAccess(rawValue: 1 << 1)
    /// Open a file for reading.
    package static let readFile = FileAccess(rawValue: 1 << 2)
    /// List a directory.
    public static let list = FileAccess(rawValue: 1 << 3)
    /// Remove or rename an empty directory.
    public static let removeDirectory = FileAccess(rawValue: 1 << 4)
    /// Remove or rename anything but a directory.
    public static let removeFile = FileAccess(rawValue: 1 << 5)
    /// Create a character device.
    package static let makeCharacterDevice = FileAccess(rawValue: 1 << 6)
    /// Create a directory.
    public static let makeDirectory = FileAccess(rawValue: 1 << 7)
    /// Create a regular file.
    package static let makeFile = FileAccess(rawValue: 1 << 8)
    /// Create a socket with a path.
    package static let makeSocket = FileAccess(rawValue: 1 << 9)
    /// Create a named pipe.
    static let makePipe = FileAccess(rawValue: 1 << 10)
    /// Create a block device.
    package static let makeBlockDevice = FileAccess(rawValue: 1 << 11)
    /// Create a symbolic link.
    package static let makeLink = FileAccess(rawValue: 1 << 12)
    /// Move or link a file into or out of a directory (version 2; kernels of version 1 never allow it).
    static let refer = FileAccess(rawValue: 1 << 13)
    /// Truncate a file (version 3).
    public static let truncate = FileAccess(rawValue: 1 << 14)
    /// Control a device (version 5).
    package static let controlDevice = FileAccess(rawValue: 1 << 15)

    /// Read files and list directories.
    public static let read: FileAccess = [.readFile, .list]
    /// Read, list, and run programs.
    public static let run: FileAccess = [.readFile, .list, .execute]
    /// Everything but devices: create, change, move and remove what is below a folder, and read and run it.
    public static let write: FileAccess = [
        .execute, .writeFile, .readFile, .list, .removeDirectory, .removeFile, .makeDirectory, .makeFile,
        .makeSocket, .makePipe, .makeLink, .refer, .truncate,
    ]
    /// Read, write, truncate and control an existing device or file.
    public static let device: FileAccess = [.readFile, .writeFile, .truncate, .controlDevice]

    /// The rights that a version of Landlock knows. A ruleset handles all of them: what no rule allows is forbidden.
    static func known(toVersion version: Int) -> FileAccess {
        switch version {
        case ..<1: []
        case 1: FileAccess(rawValue: 1 << 13 - 1)
        case 2: FileAccess(rawValue: 1 << 14 - 1)
        case 3, 4: FileAccess(rawValue: 1 << 15 - 1)
        default: FileAccess(rawValue: 1 << 16 - 1)
        }
    }

    /// The rights that apply to files other than directories; a rule for such a file must have no others.
    static let ofFiles: FileAccess = [.execute, .writeFile, .readFile, .truncate, .controlDevice]
}
