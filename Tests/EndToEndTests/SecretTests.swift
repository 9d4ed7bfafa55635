import Files
import FoundationEssentials
import TestSupport
import Testing

/// Secrets are passed on, and are nowhere else.
struct SecretTests {
    private static let secret = "s3cr3t-t0ken"
    private static let pipeline = """
        pipeline: p
        stages:
          push:
            run: |
              printf 's3cr3t' ; sleep 0.2; printf -- '-t0ken and more\\n' >&2
              echo "whole: $TOKEN"; echo again > /dev/stderr
              test -z "$FAIL"
              printf %s "$TOKEN" | wc -c > ${outputs.o}
              if [ -n "$LEAK" ]; then printf "..%s.." "$TOKEN" > ${outputs.o}; fi
            secrets: [TOKEN]
            environment: [FAIL, LEAK]
            outputs: { o: o.txt }
        publish: { o.txt: push }
        """

    /// All bytes below a folder.
    private func contains(_ text: String, below folder: FilePath) throws -> Bool {
        for name in try FileSystem.names(in: folder) {
            let path = folder.appending(name)
            if name.contains(text) { return true }
            switch try FileStatus(of: path, followsLinks: false).kind {
            case .directory: if try contains(text, below: path) { return true }
            case .file:
                if String(decoding: try FileContents.read(path), as: UTF8.self).contains(text) { return true }
            case .symbolicLink, .other: break
            }
        }
        return false
    }

    @Test func aSecretIsPassedOnAndNowhereElse() throws {
        try withWorkspace(Self.pipeline) { workspace in
            let first = try workspace.run(environment: ["TOKEN": Self.secret, "FAIL": "", "LEAK": ""])
            #expect(first.names("ran") == ["push"])
            #expect(try read(workspace.folder.appending("artifacts/out/p/o.txt")).contains("12"))
            let log = try workspace.sluice("logs", "push").output
            #expect(
                log.contains("••• and more\n") && log.contains("whole: •••\n") && log.contains("again\n"),
                "\(log)")
            #expect(try !contains(Self.secret, below: workspace.folder.appending("artifacts")))
            // A different token does not mean different work.
            #expect(
                try workspace.run(environment: ["TOKEN": "another-one", "FAIL": "", "LEAK": ""]).names("ran")
                    == [])
        }
    }

    @Test func aFailureDoesNotRevealSecrets() throws {
        try withWorkspace(Self.pipeline) { workspace in
            let outcome = try workspace.sluice(
                "run", "p.yaml", "--keep-failed",
                environment: ["TOKEN": Self.secret, "FAIL": "yes", "LEAK": ""])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("whole: •••"), "\(outcome.errors)")
            #expect(!outcome.errors.contains(Self.secret))
            #expect(try !contains(Self.secret, below: workspace.folder.appending("artifacts")))
        }
    }

    @Test func anOutputWithASecretIsRefused() throws {
        try withWorkspace(Self.pipeline) { workspace in
            let outcome = try workspace.sluice(
                "run", "p.yaml", environment: ["TOKEN": Self.secret, "FAIL": "", "LEAK": "yes"])
            #expect(outcome.status == 1)
            #expect(outcome.errors.contains("'o' contains the secret TOKEN"), "\(outcome.errors)")
            #expect(try !contains(Self.secret, below: workspace.folder.appending("artifacts")))
        }
    }

    @Test func aMissingSecretIsReported() throws {
        try withWorkspace(Self.pipeline) { workspace in
            let missing = try workspace.sluice("run", "p.yaml")
            #expect(
                missing.status == 1 && missing.errors.contains("secret TOKEN is not set"), "\(missing.errors)"
            )
            let short = try workspace.sluice("run", "p.yaml", environment: ["TOKEN": "abc"])
            #expect(short.status == 1 && short.errors.contains("fewer than 4 bytes"), "\(short.errors)")
        }
    }
}
