import Files

/// The files next to these tests; `References/` has the scripts that made them.
enum Fixture {
    static func path(_ name: String, _ file: String = #filePath) -> FilePath {
        FilePath(file).parent.appending("Fixtures").appending(name)
    }

    static func bytes(_ name: String) throws -> [UInt8] { try FileContents.read(path(name)) }
}
