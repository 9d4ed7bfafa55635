internal import JSON
internal import StageSchemas

/// Columns that hold JSON.
enum JSONColumn {
    /// The map in a column; empty maps, the usual case, are not parsed.
    static func map(_ json: String?) -> [String: Value] {
        guard let json, json != "{}", case .map(let entries)? = value(json) else { return [:] }
        return entries
    }

    /// The list in a column.
    static func list(_ json: String?) -> [Value] {
        guard let json, json != "[]", case .list(let values)? = value(json) else { return [] }
        return values
    }

    private static func value(_ json: String) -> Value? {
        try? JSONRecord.decode(Value.self, from: Array(json.utf8))
    }
}
