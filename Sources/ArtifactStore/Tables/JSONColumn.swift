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

    /// The numbers in a column that holds a map.
    static func numbers(_ json: String?) -> [String: Double] {
        map(json).compactMapValues { value -> Double? in
            switch value {
            case .integer(let number): Double(number)
            case .number(let number): number
            default: nil
            }
        }
    }

    private static func value(_ json: String) -> Value? {
        (try? Value(json: Array(json.utf8)))?.normalized
    }
}
