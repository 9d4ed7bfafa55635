import Confinement
import Dataflow
import Digests
import Files
import Glibc

/// A digest of everything that a run may depend on besides files and the store: this program, the command line, the environment,
/// the working directory and the user, and the features of the machine and its kernel.
struct RunSurroundings {
    let digest: Digest
    /// `HOME` and `PATH`, which locate what commands have read.
    let environment: [String: String]

    /// Variables that shells set for each command; nothing depends on them unless a stage names them.
    static let passing: Set<String> = ["_", "OLDPWD", "SHLVL"]

    /// - Parameter file: the path of the pipeline file.
    init?(_ session: Session, file: String, isConfined: Bool) {
        guard let program = try? FileStatus(of: "/proc/self/exe"),
            let variables = try? FileContents.read("/proc/self/environ")
        else { return nil }
        let support = isConfined ? ConfinementSupport.ofThisKernel() : .none
        // Every run has to report missing features to the user.
        guard !isConfined || support.notice == nil else { return nil }
        var encoder = CanonicalEncoder()
        for number in [
            Int(bitPattern: UInt(program.device)), Int(bitPattern: UInt(program.inode)), program.size,
            Int(program.modified), Int(program.changed), Int(getuid()), sysconf(Int32(_SC_NPROCESSORS_ONLN)),
            sysconf(Int32(_SC_PHYS_PAGES)), isConfined ? 1 : 0, support.landlockVersion,
        ] { encoder.append(number) }
        encoder.append(file)
        encoder.beginList(session.arguments.count)
        for argument in session.arguments { encoder.append(argument) }
        encoder.append(FileSystem.workingDirectory().text)
        let lasting = variables.split(separator: 0).filter { entry in
            !Self.passing.contains { entry.starts(with: ($0 + "=").utf8) }
        }
        encoder.beginList(lasting.count)
        for entry in lasting { encoder.append(bytes: Array(entry)) }
        digest = SHA256.digest(of: encoder.bytes)
        environment = Session.environment(variables) { ["HOME", "PATH"].contains($0) }
    }
}
