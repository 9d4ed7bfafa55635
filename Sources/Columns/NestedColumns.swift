import Texts

/// Lists of values.
public struct ListColumn: Sendable {
    /// One more than the number of lists.
    let offsets: [Int]
    let validity: Validity
    /// The values of all lists, concatenated.
    public let elements: Column

    init(offsets: [Int], validity: Validity, elements: Column) {
        self.offsets = offsets
        self.validity = validity
        self.elements = elements
    }

    /// A column of lists with the given lengths (nil for a null), over their concatenated values.
    public init(lengths: [Int?], elements: Column) {
        var offsets = [0]
        offsets.reserveCapacity(lengths.count + 1)
        var end = 0
        for length in lengths {
            end += length ?? 0
            offsets.append(end)
        }
        precondition(end == elements.count, "the lengths must add up to the number of elements")
        self.offsets = offsets
        validity = Validity(lengths.map { $0 != nil })
        self.elements = elements
    }

    /// A column of lists of strings.
    public init(strings lists: [[String?]?]) {
        let all = StringColumn(lists.flatMap { $0 ?? [] })
        self.init(lengths: lists.map { $0?.count }, elements: .string(all))
    }

    /// The number of lists.
    public var count: Int { offsets.count - 1 }
    /// True if the list is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }
    /// The positions of a row's values in `elements`; nil if the list is null.
    public func range(at row: Int) -> Range<Int>? { isNull(row) ? nil : offsets[row]..<offsets[row + 1] }

    /// A row's strings; nil if the list is null or does not contain strings.
    public func strings(at row: Int) -> [String?]? {
        guard let range = range(at: row) else { return nil }
        switch elements {
        case .string(let column): return range.map { column[$0] }
        case .null: return range.map { _ in nil }
        default: return nil
        }
    }

    func gathering(_ rows: [Int?]) -> ListColumn {
        let ranges = rows.map { $0.flatMap { range(at: $0) } }
        return ListColumn(
            lengths: ranges.map { $0?.count },
            elements: elements.selecting(ranges.flatMap { Array($0 ?? 0..<0) }))
    }
}

/// Records of named values.
public struct StructureColumn: Sendable {
    /// A named member.
    public struct Member: Sendable {
        /// The name.
        public let name: String
        /// The member's values, one per record.
        public let column: Column

        package init(_ name: String, _ column: Column) {
            self.name = name
            self.column = column
        }
    }

    /// The members, in order.
    public let members: [Member]
    /// The number of records.
    public let count: Int
    let validity: Validity

    init(members: [Member], count: Int, validity: Validity) {
        self.members = members
        self.count = count
        self.validity = validity
    }

    /// A column of records without nulls; all members must have the same count.
    public init(_ members: [Member]) {
        self.init(members: members, count: members.first?.column.count ?? 0, validity: Validity(nil))
    }

    /// True if the record is null.
    public func isNull(_ row: Int) -> Bool { validity.isNull(row) }

    /// The values of a member; nil if there is none with this name.
    public subscript(name: String) -> Column? { members.first { $0.name.hasSameBytes(as: name) }?.column }

    func gathering(_ rows: [Int?]) -> StructureColumn {
        StructureColumn(
            members: members.map { Member($0.name, $0.column.gathering(rows)) }, count: rows.count,
            validity: Validity(rows.map { $0.map { !validity.isNull($0) } ?? false }))
    }
}
