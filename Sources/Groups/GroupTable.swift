import Columns
package import Files
package import Texts

/// The table `id, group`.
package struct GroupTable: Sendable {
    /// The group of each id.
    package let groups: TextMap<String>

    /// Reads a table; rows without an id or a group are ignored.
    ///
    /// - Throws: `ColumnsError` also if an id has two groups.
    package init(_ path: FilePath) throws {
        let table = try Table.read(path, columns: ["id", "group"])
        let (ids, names) = (try table.strings("id"), try table.strings("group"))
        var groups: TextMap<String> = [:]
        for row in 0..<table.rowCount {
            guard let id = ids[row], let name = names[row] else { continue }
            if let other = groups.updateValue(name, forKey: id), !other.hasSameBytes(as: name) {
                throw ColumnsError(
                    "\(path): the row '\(id)' is in two groups, '\(other)' and '\(name)'; a row has one")
            }
        }
        self.groups = groups
    }
}
