// Times the start and the run of small programs: unconfined, confined, and confined and observed.
//
//     measure-confinement [REPETITIONS]
//
// Each figure is the median of single runs, taken in turn, so that other load hits all alike. "calls" is how many system calls
// the observer was asked about.

import Clocks
import Confinement
import Dataflow
import Files
import Glibc
import Processes

struct Program {
    let name: String
    let executable: String
    let arguments: [String]
}

enum Mode: String, CaseIterable {
    case unconfined, confined, observed
}

let programs = [
    Program(name: "sh -c :", executable: "/bin/sh", arguments: ["-c", ":"]),
    Program(name: "bash -c :", executable: "/bin/bash", arguments: ["-c", ":"]),
    Program(
        name: "bash, 10 programs", executable: "/bin/bash",
        arguments: ["-c", "for i in 1 2 3 4 5 6 7 8 9 10; do /bin/true; done"]),
    Program(name: "python3 -c pass", executable: "/usr/bin/python3", arguments: ["-c", "pass"]),
    Program(
        name: "python3, 40 modules", executable: "/usr/bin/python3",
        arguments: [
            "-c", "import asyncio, email.message, http.client, json, logging, multiprocessing, unittest",
        ]),
].filter { FileSystem.exists(FilePath($0.executable)) }

let support = ConfinementSupport.ofThisKernel()
if let notice = support.notice { print("note: \(notice)") }
let folder = FilePath("/tmp/measure-confinement-\(getpid())")
for name in ["outputs", "scratch", "store"] { try FileSystem.makeDirectories(folder.appending(name)) }
defer { try? FileSystem.removeTree(folder) }

var policy = ConfinementPolicy()
let surroundings = Surroundings(hiding: [PathBytes(folder)])
for rule in surroundings.rules { policy.allow(rule.access, rule.path) }
policy.allow(.device, StandardDevices.harmless)
policy.allow(.write, StandardDevices.sharedMemory)
let own = [
    ConfinementPolicy.Rule(path: PathBytes(folder.appending("outputs")), access: .write),
    ConfinementPolicy.Rule(path: PathBytes(folder.appending("scratch")), access: .write),
]
let prepared = PreparedPolicy(policy, support: support)
let observer = Observer()
let rules = {
    var rules = ObservationRules()
    rules.writable = own.map(\.path)
    rules.hidden = [PathBytes(folder)]
    rules.commandFolders = Set(["/usr/local/bin", "/usr/bin"].map { PathBytes($0) })
    rules.workingDirectory = PathBytes(FileSystem.workingDirectory())
    return rules
}()
let output = try File("/dev/null", .appending)

/// Wall seconds of a run, and how many paths were recorded.
func run(_ program: Program, _ mode: Mode) throws -> (seconds: Double, entries: Int) {
    let start = MonotonicClock.seconds()
    let watch = mode == .observed ? try observer.watch() : nil
    watch?.begin(rules)
    let ruleset = mode == .unconfined ? nil : try prepared.ruleset(adding: own)
    let child = try ChildProcess(
        ChildProcess.Specification(
            executable: program.executable, arguments: program.arguments,
            environment: ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"],
            output: output.descriptor,
            restriction: mode == .unconfined
                ? nil : prepared.restriction(ruleset, listener: watch?.listener)))
    _ = Poller.readable([child.descriptor], milliseconds: -1)
    _ = child.reap()
    let entries = watch?.end().entries.count ?? 0
    return (MonotonicClock.seconds() - start, entries)
}

func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

let repetitions = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 200
print("\(policy.rules.count) rules, \(repetitions) runs each, microseconds (median of wall time)")
for program in programs {
    var seconds: [Mode: [Double]] = [:]
    var entries = 0
    for _ in 0..<repetitions {
        for mode in Mode.allCases {
            let result = try run(program, mode)
            seconds[mode, default: []].append(result.seconds)
            entries = max(entries, result.entries)
        }
    }
    let figures = Mode.allCases.map { mode in
        "\(mode.rawValue) \(Int(median(seconds[mode] ?? []) * 1e6))"
    }
    print("\(program.name): \(figures.joined(separator: ", ")); \(entries) paths recorded")
}
