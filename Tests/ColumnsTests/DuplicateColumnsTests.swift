import Columns
import Files
import TestSupport
import Testing

/// Two columns of one name: an error in every format if they are read, and no matter otherwise.
struct DuplicateColumnsTests {
    @Test func areAnErrorInTextIfTheyAreRead() throws {
        try withTemporaryFolder { folder in
            let path = folder.appending("twice.csv")
            try FileContents.write("id,a,b,a\n1,x,y,z\n", to: path)
            #expect(throws: ColumnsError.self) { try Table.read(path) }
            #expect(throws: ColumnsError.self) { try Table.read(path, columns: ["id", "a"]) }
            #expect(try Table.read(path, columns: ["id", "b"]).strings("b")[0] == "y")
        }
    }

    @Test(arguments: ["twice.parquet", "twice.arrow"])
    func areAnErrorInTablesIfTheyAreRead(_ name: String) throws {
        let path = FilePath(#filePath).parent.appending("Fixtures").appending(name)
        #expect(throws: ColumnsError.self) { try Table.read(path) }
        #expect(throws: ColumnsError.self) { try Table.read(path, columns: ["id", "a"]) }
        #expect(try Table.read(path, columns: ["id", "b"]).strings("b")[0] == "y")
        #expect(try TableReader.schema(of: path).names == ["id", "a", "b", "a"])
    }
}
