import ArtifactStore
import Files
import TestSupport
import Testing

@Suite struct ProgressTests {
    @Test func abandonedResumeFoldersAreRemovedAfterWeeks() throws {
        try withTemporaryFolder { folder in
            let resume = try StoreFixture(folder).store.workFolder.resume
            for name in ["old", "new"] {
                try FileSystem.makeDirectories(resume.appending(name))
                try write("state", to: resume.appending(name).appending("state"))
            }
            try FileSystem.setModified(1_000_000_000, of: resume.appending("old"))
            try StoreFixture(folder).store.workFolder.sweep()
            #expect(try FileSystem.names(in: resume) == ["new"])
        }
    }
}
