import Files
import TestSupport
import Testing

/// A short run of `Tests/test-faults`, which anyone can run for all calls and for hours: `make test-faults SIZE=nightly`.
@Suite struct FaultTests {
    private static let script = FilePath(#filePath).parent.parent.appending("test-faults")
    private static let skipped: Int32 = 77

    private static let hasCompiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"].contains {
        FileSystem.exists(FilePath($0))
    }

    @Test(
        .enabled(if: hasCompiler, "it takes a C compiler"),
        arguments: ["calls", "database", "kills", "disk", "limits", "lost", "clock", "neighbors"])
    func nothingIsLostOrWrongWhatever(fails: String) throws {
        try withTemporaryFolder { folder in
            let running = try BuiltProgram(at: "/usr/bin/env").start(
                [
                    // The same faults every time; `SIZE=nightly` looks for others.
                    "python3", Self.script.text, "--seed", "1", "--only", fails, "--sluice",
                    BuiltProgram.sluice.path.text,
                ], in: folder, environment: ["TMPDIR": folder.text])
            let outcome = try running.wait(seconds: 1_800)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.output.hasPrefix("\(fails): "))
        }
    }
}
