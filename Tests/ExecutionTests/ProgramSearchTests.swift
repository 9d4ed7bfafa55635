import Files
import TestSupport
import Testing

@testable import Execution

@Suite struct ProgramSearchTests {
    private func program(_ folder: FilePath, mode: UInt32 = 0o755) throws {
        try FileSystem.makeDirectories(folder)
        try FileContents.write(Array("#!/bin/sh".utf8), to: folder.appending("tool"))
        try FileSystem.setMode(mode, of: folder.appending("tool"))
    }

    @Test func theFirstExecutableFileOnThePathIsFound() throws {
        try withTemporaryFolder { folder in
            let names = ["a", "b", "c", "d"].map { folder.appending($0) }
            try FileSystem.makeDirectories(names[0].appending("tool"))
            try program(names[1], mode: 0o644)
            try program(names[2])
            try program(names[3])
            let path = names.map(\.text).joined(separator: ":")
            #expect(ProgramSearch.find("tool", in: path) == names[2].text + "/tool")
            #expect(ProgramSearch.find("other", in: path) == nil)
            #expect(ProgramSearch.find("./other", in: path) == "./other")
        }
    }

    @Test func whatWasFoundIsUsedAsLongAsItIsThere() throws {
        try withTemporaryFolder { folder in
            let programs = FoundPrograms()
            let (first, second) = (folder.appending("a"), folder.appending("b"))
            let path = "\(first):\(second)"
            #expect(programs.find("tool", in: path) == nil)
            try program(second)
            #expect(programs.find("tool", in: path) == second.text + "/tool")
            try program(first)
            #expect(programs.find("tool", in: path) == second.text + "/tool")
            // Another path is another question.
            #expect(programs.find("tool", in: first.text) == first.text + "/tool")
            try FileSystem.setMode(0o644, of: second.appending("tool"))
            #expect(programs.find("tool", in: path) == first.text + "/tool")
        }
    }
}
