import ArtifactStore
import Digests
import Files
import TestSupport
import Testing

@Suite struct ProgressTests {
    @Test func abandonedResumeFoldersAreRemovedAfterWeeks() throws {
        try withTemporaryFolder { folder in
            let resume = try StoreFixture(folder).store.workFolder.resume
            let old = SHA256.digest(of: "old").hexadecimal
            let new = SHA256.digest(of: "new").hexadecimal
            // An entry whose name is not a key was not created by Sluice.
            for name in [old, new, "precious"] {
                try FileSystem.makeDirectories(resume.appending(name))
                try write("state", to: resume.appending(name).appending("state"))
            }
            for name in [old, "precious"] {
                try FileSystem.setModified(1_000_000_000, of: resume.appending(name))
            }
            try StoreFixture(folder).store.workFolder.sweep()
            #expect(Set(try FileSystem.names(in: resume)) == [new, "precious"])
        }
    }
}
