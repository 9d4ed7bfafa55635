import Files
import FoundationEssentials
import TestSupport
import Testing

private let pipeline = """
    pipeline: trouble
    parameters: { size: 1000 }
    stages:
      base: { run: "echo base > ${outputs.x}", outputs: { x: x.txt } }
      data: { run: "cat ${inputs.x}; head -c ${size} /dev/urandom > ${outputs.d}", inputs: { x: base.x }, outputs: { d: d.bin } }
    """

/// Runs shell text in its own mount namespace, in which `$SLUICE` is the program.
private func inOwnMounts(_ text: String, in folder: FilePath) throws -> BuiltProgram.Outcome {
    try BuiltProgram(at: "/usr/bin/unshare").run(
        ["--mount", "--map-root-user", "/bin/sh", "-c", text], in: folder,
        environment: ["SLUICE": BuiltProgram.sluice.path.text])
}

/// Whether this machine lets us make mount namespaces and mount file systems in them.
private let canMount: Bool = {
    let probe = "mkdir small && mount -t tmpfs tmpfs small && mount --bind . . && mount -o remount,ro,bind ."
    let outcome = try? withTemporaryFolder { try inOwnMounts(probe, in: $0) }
    return outcome?.status == 0
}()

@Test(.enabled(if: canMount)) func aFullDiskIsReportedAndLosesNothing() throws {
    try withWorkspace(pipeline) { workspace in
        let text = """
            mkdir small && mount -t tmpfs -o size=8m tmpfs small && cp p.yaml small && cd small || exit 99
            head -c 4000000 /dev/zero > filler
            $SLUICE run p.yaml || exit 11
            # The output itself does not fit.
            $SLUICE run p.yaml --set size=9000000; [ $? = 1 ] || exit 12
            # The output fits, and the store's copy of it does not.
            $SLUICE run p.yaml --set size=1700001; code=$?
            [ $code = 0 ] && { $SLUICE run p.yaml --set size=1700002; code=$?; }
            echo "ended with $code" >&2
            [ $code = 3 ] || [ $code = 1 ] || exit 13
            rm filler
            $SLUICE cache verify || exit 14
            $SLUICE run p.yaml --json || exit 15
            """
        let outcome = try inOwnMounts(text, in: workspace.folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.errors.contains("no space left on the disk") || outcome.errors.contains("ended with 1"))
        #expect(outcome.output.contains("The store is sound"))
        // What was done before is still there.
        #expect(outcome.output.components(separatedBy: "\"disposition\":\"cached\"").count == 3)
    }
}

/// Space can be freed on a disk that has none: plain copies can go without any, and then there is some for the database.
@Test(.enabled(if: canMount)) func aFullDiskCanBeReadAndCollected() throws {
    try withWorkspace(pipeline) { workspace in
        let text = """
            mkdir small && mount -t tmpfs -o size=24m tmpfs small && cp p.yaml small && cd small || exit 99
            $SLUICE run p.yaml --set size=3000000 && $SLUICE run p.yaml --set size=3000001 || exit 11
            cat /dev/zero > filler
            $SLUICE cache cat base || exit 12
            $SLUICE cache ls >&2 && $SLUICE status p.yaml >&2 && $SLUICE runs >&2 || exit 13
            $SLUICE cache verify >&2 || exit 14
            cat /dev/zero > more
            $SLUICE cache gc --keep-runs 0 --yes >&2 || exit 15
            $SLUICE cache verify >&2 || exit 16
            $SLUICE run p.yaml --set size=1000 || exit 17
            """
        let outcome = try inOwnMounts(text, in: workspace.folder)
        #expect(outcome.status == 0, "\(outcome.status) \(outcome.errors)")
        #expect(outcome.output.hasPrefix("base\n"))
    }
}

@Test(.enabled(if: canMount)) func aStageThatFillsTheDiskIsKilledBeforeTheOthersFail() throws {
    let greedy = """
        pipeline: greedy
        stages:
          modest: { run: "for i in 1 2 3 4; do head -c 1000000 /dev/zero; sleep 1; done > ${outputs.x}", outputs: { x: x.bin } }
          greedy: { run: "fallocate -l 400M ${outputs.y}; exec sleep 60", outputs: { y: y.bin } }
        """
    try withWorkspace(greedy) { workspace in
        let text = """
            mkdir small && mount -t tmpfs -o size=600m tmpfs small && cp p.yaml small && cd small || exit 99
            $SLUICE run p.yaml -j2 -k; [ $? = 1 ] || exit 11
            $SLUICE run p.yaml modest --json || exit 12
            """
        let outcome = try inOwnMounts(text, in: workspace.folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors.contains("failed   greedy: it wrote 400 MiB of outputs and scratch files"))
        #expect(outcome.output.contains("\"disposition\":\"cached\""))
    }
}

@Test(.enabled(if: canMount)) func aReadOnlyStoreCanBeReadButNotWritten() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        let text = """
            mount --bind . . && mount -o remount,ro,bind . && cd "$PWD" || exit 99
            $SLUICE status p.yaml || exit 11
            $SLUICE cache ls || exit 12
            $SLUICE cache cat base || exit 13
            $SLUICE cache show base || exit 17
            $SLUICE why p.yaml data --set size=7 || exit 14
            $SLUICE cache verify || exit 15
            $SLUICE run p.yaml; [ $? = 3 ] || exit 16
            """
        let outcome = try inOwnMounts(text, in: workspace.folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("all 2 stages are up to date"))
        #expect(outcome.output.contains("\nbase\n"))
        #expect(outcome.errors.contains("folder writable, or set SLUICE_STORE to another store"))
        #expect(try workspace.run().names("cached").count == 2)
    }
}

@Test func aDamagedPageIsReportedAndTheRestIsLeftAlone() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run("p.yaml", "--set", "size=400000")
        let path = workspace.folder.appending("artifacts/store.sqlite")
        let good = try FileContents.read(path)
        let page = 16_384
        #expect(good.count > 20 * page)
        var answers: Set<Int32> = []
        for number in stride(from: 0, to: good.count / page, by: 3) {
            var bytes = good
            for offset in 0..<512 { bytes[number * page + offset] ^= 0x5A }
            try FileSystem.removeTree(workspace.folder.appending("artifacts"))
            try FileSystem.makeDirectories(path.parent)
            try Data(bytes).write(to: URL(filePath: path.text))
            // Whichever page it is: an answer, and never a crash or a wrong result.
            for words in [["cache", "verify"], ["run", "p.yaml", "--set", "size=400000"]] {
                let outcome = try BuiltProgram.sluice.run(words, in: workspace.folder)
                #expect([0, 1, 3].contains(outcome.status), "page \(number): \(outcome.errors)")
                if outcome.status == 3 { #expect(!outcome.errors.isEmpty || !outcome.output.isEmpty) }
                answers.insert(outcome.status)
            }
        }
        #expect(answers.contains(3) && answers.contains(0))
    }
}

/// Runs shell text where `$SLUICE` is the program.
private func inShell(_ text: String, _ workspace: Workspace) throws -> BuiltProgram.Outcome {
    try BuiltProgram(at: "/bin/sh").run(
        ["-c", text], in: workspace.folder, environment: ["SLUICE": BuiltProgram.sluice.path.text])
}

@Test func outputThatCannotBeWrittenIsReported() throws {
    try withWorkspace(pipeline) { workspace in
        _ = try workspace.run()
        for words in ["cache ls", "cache cat base", "status p.yaml", "run p.yaml --json", "help", "kinds"] {
            let outcome = try inShell("$SLUICE \(words) > /dev/full", workspace)
            #expect(outcome.status == 1, "\(words)")
            #expect(outcome.errors.contains("cannot write standard output: No space left on device"))
            // Who stops reading has all that he wants.
            #expect(try inShell("$SLUICE \(words) | true", workspace).status == 0)
        }
    }
}

@Test(arguments: [("002", "664"), ("022", "644"), ("077", "600")])
func theUsersMaskDecidesWhoMayUseTheStore(mask: String, mode: String) throws {
    try withWorkspace(pipeline) { workspace in
        let text = """
            umask \(mask); $SLUICE run p.yaml --set size=9000000 >&2 || exit 1
            stat -c %a artifacts/store.sqlite artifacts/store.sqlite-chunks
            """
        let outcome = try inShell(text, workspace)
        #expect(outcome.output == "\(mode)\n\(mode)\n", "\(outcome.errors)")
    }
}

/// Whether we are root, and others can reach the program.
private let canBeSomebodyElse: Bool = {
    let outcome = try? BuiltProgram(at: "/usr/bin/setpriv").run(
        ["--reuid=65534", "--regid=65534", "--clear-groups", BuiltProgram.sluice.path.text, "help"], in: "/")
    return outcome?.status == 0
}()

@Test(.enabled(if: canBeSomebodyElse)) func readingCreatesNoFilesThatLockTheOwnerOut() throws {
    try withWorkspace(pipeline) { workspace in
        let text = """
            umask 000; $SLUICE run p.yaml >&2 || exit 1
            chmod 777 . artifacts; chmod 666 artifacts/store.sqlite; rm -f artifacts/store.sqlite-wal artifacts/store.sqlite-shm
            setpriv --reuid=65534 --regid=65534 --clear-groups "$SLUICE" cache ls || exit 2
            find artifacts ! -user "$(id -u)"
            $SLUICE run p.yaml >&2 || exit 3
            """
        let outcome = try inShell(text, workspace)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("base") && !outcome.output.contains("artifacts/"))
    }
}

@Test func anInaccessibleStoreIsNotAMissingOne() throws {
    try withWorkspace(pipeline) { workspace in
        try FileSystem.symbolicLink(to: "loop", at: workspace.folder.appending("loop"))
        for words in [["cache", "ls"], ["cache", "verify"], ["runs"]] {
            let outcome = try BuiltProgram.sluice.run(
                words, in: workspace.folder, environment: ["SLUICE_STORE": "loop/store.sqlite"])
            #expect(outcome.status == 3)
            #expect(outcome.errors.contains("Too many levels of symbolic links"))
        }
    }
}
