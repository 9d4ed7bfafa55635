import Files
import TestSupport
import Testing

@testable import Execution

@Suite struct InputStampsTests {
    /// What is done to a folder of the user's, `source`, or to one that was made for the attempt, `own`, both with the
    /// files `a` and `sub/b`, whose other names are in `store`.
    private struct Trial {
        let folder: FilePath
        var source: FilePath { folder.appending("source") }
        var own: FilePath { folder.appending("own") }
    }

    private func change(_ action: (Trial) throws -> Void) throws -> [InputStamps.Change?] {
        try [true, false].map { isOutside in
            try withTemporaryFolder { folder in
                let trial = Trial(folder: folder)
                for name in ["a", "sub/b"] {
                    try write("one", to: folder.appending("store").appending(name))
                    for parent in [trial.source, trial.own] {
                        let path = parent.appending(name)
                        try FileSystem.makeDirectories(path.parent)
                        try FileSystem.link(folder.appending("store").appending(name), at: path)
                    }
                }
                var stamps = InputStamps()
                let link = folder.appending("link")
                if isOutside { try FileSystem.symbolicLink(to: trial.source, at: link) }
                try stamps.add("x", at: isOutside ? link : trial.own)
                #expect(try stamps.change() == nil)
                try action(trial)
                return try stamps.change()
            }
        }
    }

    private let outside = InputStamps.Change(input: "x", isOutside: true)
    private let inside = InputStamps.Change(input: "x", isOutside: false)

    @Test func aFileThatIsWrittenToIsNoticedByWhateverName() throws {
        #expect(
            try change { trial in
                let file = try File(trial.folder.appending("store/sub/b"), .writing)
                try file.write(Array("two".utf8))
            } == [outside, inside])
        #expect(
            try change { trial in
                let file = try File(trial.folder.appending("store/a"), .appending)
                try file.write(Array("x".utf8))
            } == [outside, inside])
    }

    @Test func aFileThatIsChangedAndChangedBackIsNoticed() throws {
        #expect(
            try change { trial in
                let path = trial.folder.appending("store/a")
                let file = try File(path, .appending)
                try file.truncate(to: 0)
                try file.write(Array("one".utf8))
            } == [outside, inside])
        // Another file was in its place for a while.
        #expect(
            try change { trial in
                let aside = trial.source.parent.appending("aside")
                try FileSystem.rename(trial.source.appending("sub/b"), to: aside)
                try write("two", to: trial.source.appending("sub/b"))
                try FileSystem.rename(aside, to: trial.source.appending("sub/b"))
            } == [outside, nil])
    }

    @Test func filesThatComeAndGoInAFolderOfTheUsersAreNoticed() throws {
        #expect(try change { try write("c", to: $0.source.appending("c")) } == [outside, nil])
        #expect(try change { try FileSystem.removeFile($0.source.appending("a")) } == [outside, nil])
    }

    @Test func newNamesAndWhatAnAttemptDoesToItsOwnFolderChangeNothing() throws {
        #expect(
            try change { trial in
                for parent in [trial.source, trial.own] {
                    try FileSystem.link(
                        parent.appending("a"), at: trial.folder.appending(parent.lastComponent + "2"))
                }
                try FileSystem.removeFile(trial.own.appending("sub/b"))
                try write("cache", to: trial.own.appending("sub/cache"))
                try write("mine", to: trial.folder.appending("mine"))
                try FileSystem.rename(trial.folder.appending("mine"), to: trial.own.appending("a"))
            } == [nil, nil])
    }
}
