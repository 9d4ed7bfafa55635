import Files
import TestSupport
import Testing

/// A short run of `Tests/power-cut`, which anyone can run for any number of cuts.
@Suite struct PowerCutTests {
    private static let script = FilePath(#filePath).parent.parent.appending("power-cut")
    private static let skipped: Int32 = 77

    private static func cut(_ times: Int) throws -> BuiltProgram.Outcome {
        try withTemporaryFolder { folder in
            let running = try BuiltProgram(at: "/usr/bin/env").start(
                [
                    "python3", script.text, "--cuts", String(times), "--sluice",
                    BuiltProgram.sluice.path.text,
                ], in: folder, environment: ["TMPDIR": folder.text])
            return try running.wait(seconds: 900)
        }
    }

    /// With no cuts, the script only says whether it could make some.
    private static let isPossible = (try? cut(0).status) != skipped

    @Test(.enabled(if: isPossible, "it takes root, mkfs.ext4, openssl and a loop device"))
    func nothingIsLostOrWrongWhenThePowerIsCut() throws {
        let outcome = try Self.cut(4)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.hasPrefix("4 cuts, "))
    }
}
