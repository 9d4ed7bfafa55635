import Files
import TestSupport
import Testing

@testable import Execution

struct AttemptFoldersTests {
    private func made(_ folders: inout AttemptFolders) throws -> FilePath {
        let folder = folders.nextName()
        try folders.make(folder)
        return folder
    }

    @Test func aFolderIsFreshHoweverItWasLeft() throws {
        try withTemporaryFolder { parent in
            var folders = AttemptFolders(in: parent)
            let leaving: [(FilePath) throws -> Void] = [
                { _ in },
                { try write("log", to: $0.appending("log")) },
                { try write("", to: $0.appending("log")) },
                {
                    try FileSystem.removeTree($0.appending("log"))
                    try FileSystem.symbolicLink(to: "/tmp/elsewhere", at: $0.appending("log"))
                },
                { try write("echo", to: $0.appending("command")) },
                { try FileSystem.symbolicLink(to: "/tmp/elsewhere", at: $0.appending("command")) },
                {
                    try write("echo", to: $0.appending("scratch/other"))
                    try FileSystem.link($0.appending("scratch/other"), at: $0.appending("command"))
                },
                { try write("in", to: $0.appending("inputs/rows")) },
                { try write("in", to: $0.appending("inputs/rows/a/b")) },
                {
                    try FileSystem.removeTree($0.appending("inputs"))
                    try FileSystem.symbolicLink(to: "/tmp", at: $0.appending("inputs"))
                },
                {
                    try FileSystem.removeTree($0.appending("inputs"))
                    try write("in", to: $0.appending("inputs"))
                },
                { try write("out", to: $0.appending("outputs/left.txt")) },
                { try write("tmp", to: $0.appending("scratch/a/b")) },
                { try FileSystem.setMode(0o555, of: $0.appending("outputs")) },
                { try FileSystem.removeTree($0.appending("scratch")) },
                {
                    try FileSystem.removeTree($0.appending("outputs"))
                    try FileSystem.symbolicLink(to: "/tmp", at: $0.appending("outputs"))
                },
            ]
            var seen: Set<FilePath> = []
            for leave in leaving + leaving {
                let folder = try made(&folders)
                #expect(seen.insert(folder).inserted)
                let names = try FileSystem.names(in: folder)
                #expect(
                    names.filter { !["command", "inputs", "log"].contains($0) } == ["outputs", "scratch"])
                if names.contains("inputs") {
                    #expect(try FileSystem.names(in: folder.appending("inputs")).isEmpty)
                }
                if names.contains("command") {
                    let script = try FileStatus(of: folder.appending("command"), followsLinks: false)
                    #expect(script.kind == .file && script.linkCount == 1)
                    try FileSystem.removeFile(folder.appending("command"))
                }
                if names.contains("log") {
                    let log = try FileStatus(of: folder.appending("log"), followsLinks: false)
                    #expect(log.kind == .file && log.size == 0)
                }
                for inner in ["outputs", "scratch"] {
                    let status = try FileStatus(of: folder.appending(inner), followsLinks: false)
                    #expect(status.kind == .directory && status.isWritable)
                    #expect(try FileSystem.names(in: folder.appending(inner)).isEmpty)
                }
                try leave(folder)
                folders.recycle(folder)
                #expect(try FileSystem.names(in: parent).count <= 1)
            }
        }
    }

    @Test func twoAtOnceDoNotShare() throws {
        try withTemporaryFolder { parent in
            var folders = AttemptFolders(in: parent)
            let first = try made(&folders)
            folders.recycle(first)
            let second = try made(&folders)
            let third = try made(&folders)
            #expect(second != third)
            #expect(!FileSystem.exists(first))
            #expect(FileSystem.exists(second) && FileSystem.exists(third))
        }
    }
}
