import Confinement
import Files
import Glibc
import Processes
import TestSupport
import Testing

/// The program `ways-out` tries to get out of an attempt's confinement; its source says how.
@Suite(.enabled(if: ConfinementSupport.isComplete))
struct EscapeTests {
    /// An attempt, the process outside, and what it must not reach.
    private final class Prison {
        let shell: ObservedShell
        let folder: FilePath
        private let outside: ChildProcess
        let environment: [String: String]

        init() throws {
            shell = try ObservedShell()
            folder = shell.confined.folder.path
            try write("secret", to: folder.appending("store/object"))
            try FileSystem.setMode(0o755, of: folder.appending("store/object"))
            try write("input", to: folder.appending("attempt/inputs/in"))
            try write("secret", to: folder.appending("other/output"))
            var environment = [
                "PATH": "/usr/bin:/bin", "HIDDEN": folder.appending("store/object").text,
                "INPUT": folder.appending("attempt/inputs/in").text,
                "FOREIGN": folder.appending("project").text,
                "OWN": folder.appending("attempt/scratch").text, "ELSEWHERE": folder.appending("other").text,
                "SOCKET": folder.appending("socket").text, "ABSTRACT": "ways-out-\(folder.lastComponent)",
                "DRIVER": "1",
            ]
            let pipe = try ClosablePipe()
            outside = try ChildProcess(
                ChildProcess.Specification(
                    executable: BuiltProgram("ways-out").path.text, arguments: ["serve"],
                    environment: environment,
                    output: pipe.writing))
            pipe.closeWriting()
            _ = Poller.readable([pipe.reading], milliseconds: 60_000)
            environment["DRIVER"] = String(outside.number)
            self.environment = environment
        }

        deinit {
            outside.kill()
            _ = outside.reap()
        }

        /// Everything but the hidden can be read, as by a command whose reads are discovered.
        private lazy var prepared: (policy: PreparedPolicy, ruleset: Ruleset?)? = {
            var policy = ConfinementPolicy()
            for rule in Surroundings(hiding: hidden).rules { policy.allow(rule.access, rule.path) }
            policy.allow(.run, shell.attempt.appending("inputs".utf8))
            policy.allow(.write, shell.rules.writable)
            policy.allow(.device, StandardDevices.harmless)
            let prepared = PreparedPolicy(policy, support: shell.confined.support)
            return (try? prepared.ruleset()).map { (prepared, $0) }
        }()

        private var hidden: [PathBytes] {
            [
                shell.project.parent.appending("store".utf8), shell.project.parent.appending("other".utf8),
                shell.attempt,
            ]
        }

        /// How the program ended that tried a way: 0 for a closed one.
        func tries(_ way: String, by observer: Observer?, confined: Bool = true) throws -> (
            status: Int32?, output: String
        ) {
            let scratch = folder.appending("attempt/scratch")
            for name in try FileSystem.names(in: scratch) {
                try FileSystem.removeTree(scratch.appending(name))
            }
            let (prepared, ruleset) = try #require(self.prepared)
            var rules = shell.rules
            rules.hidden = hidden
            let watch = try observer?.watch()
            watch?.begin(rules)
            let pipe = try ClosablePipe()
            let child = try ChildProcess(
                ChildProcess.Specification(
                    executable: BuiltProgram("ways-out").path.text, arguments: [way],
                    environment: environment,
                    output: pipe.writing,
                    restriction: confined
                        ? prepared.restriction(ruleset, listener: watch?.listener) : nil))
            pipe.closeWriting()
            let output = ConfinedShell.text(of: pipe)
            let ending = child.reap()
            return (ending.status, output)
        }
    }

    private static let ways: [String] = {
        let pipe = try? ClosablePipe()
        guard let pipe,
            let child = try? ChildProcess(
                ChildProcess.Specification(
                    executable: BuiltProgram("ways-out").path.text, arguments: [], environment: [:],
                    output: pipe.writing))
        else { return [] }
        pipe.closeWriting()
        defer { _ = child.reap() }
        return ConfinedShell.text(of: pipe).split(separator: "\n").map(String.init)
    }()

    /// What is not everywhere: file systems without flags, terminals, other architectures, machines without such disks.
    private static let perhapsMissing: Set<String> = [
        "set_flags_of_input", "old_calls", "x32_calls", "read_disk", "read_kernels_memory",
    ]

    /// What is open to a process that is confined but not observed, as Docs/confinement.md says.
    private static let openWithoutObserver: Set<String> = [
        "chmod_input", "fchmod_input", "fchmodat_input", "chmod_input_by_link",
        "chmod_input_by_descriptor_path",
        "chmod_input_by_race", "chown_input", "fchown_input", "touch_input", "touch_input_by_descriptor",
        "connect_to_path", "connect_to_path_by_link", "stack_another_filter",
    ]

    @Test func thereAreMoreThanFortyWays() { #expect(Self.ways.count > 100) }

    @Test func everyWayIsBlocked() throws {
        let prison = try Prison()
        let observer = Observer()
        for way in Self.ways {
            let (status, output) = try prison.tries(way, by: observer)
            #expect(
                status == 0 || status == 3 && Self.perhapsMissing.contains(way),
                "\(way): \(status ?? -1) \(output)")
        }
    }

    @Test func withoutAnObserverOnlyTheDocumentedWaysDo() throws {
        let prison = try Prison()
        for way in Self.ways where !Self.openWithoutObserver.contains(way) {
            let (status, output) = try prison.tries(way, by: nil)
            #expect(
                status == 0 || status == 3 && Self.perhapsMissing.contains(way),
                "\(way): \(status ?? -1) \(output)")
        }
    }

    /// So that the tests above cannot succeed because the ways lead nowhere.
    @Test(arguments: [
        "read_hidden", "read_by_dots", "read_by_link", "read_by_folder_link", "read_by_hard_link",
        "read_by_root",
        "read_by_working_directory", "read_by_place", "read_by_openat2", "read_by_driver_root",
        "read_elsewhere",
        "read_by_copied_program", "read_by_program_in_memory", "read_by_race", "write_input",
        "append_to_input",
        "empty_input", "truncate_input", "write_input_reopened", "write_input_by_link",
        "write_input_by_soft_link",
        "remove_input", "move_input", "replace_input", "exchange_input", "chmod_input", "fchmod_input",
        "fchmodat_input", "chmod_input_by_link", "chmod_input_by_descriptor_path", "chmod_input_by_race",
        "chown_input", "fchown_input", "touch_input", "touch_input_by_descriptor", "make_file", "make_folder",
        "make_link", "make_pipe", "make_socket", "write_elsewhere", "make_elsewhere", "rename_own_folder",
        "inet",
        "inet_datagrams", "inet6", "netlink", "connect_to_path", "connect_to_path_by_link",
        "connect_to_abstract",
        "send_datagram", "send_datagram_by_pair", "read_drivers_environment", "signal_driver",
        "signal_drivers_group", "signal_driver_by_descriptor", "new_privileges",
    ])
    func theWaysAreOpenWithoutConfinement(way: String) throws {
        let (status, output) = try Prison().tries(way, by: nil, confined: false)
        #expect(status == 1, "\(way): \(status ?? -1) \(output)")
    }
}
