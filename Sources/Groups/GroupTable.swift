import Columns
package import Files
package import Texts

/// The table `id, group`.
package struct GroupTable: Sendable {
    /// The group of each id.
    package let groups: TextMap<String>

    /// Reads a table; rows without an id or a group are ignored.
    package init(_ path: FilePath) throws {
        let table = try Table.read(path, columns: ["id", "group"])
        let (ids, names) = (try table.strings("id"), try table.strings("group"))
        var groups: TextMap<String> = [:]
        for row in 0..<table.rowCount {
            if let id = ids[row], let name = names[row] { groups[id] = name }
        }
        self.groups = groups
    }
}
