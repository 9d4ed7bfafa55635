public import Digests
public import StageSchemas
internal import Texts

/// An element of a list that a stage has produced; other stages have an instance for each.
public struct ListItem: Sendable, Hashable {
    /// A text, a number or a boolean, a map of those, or the path of a file in a directory.
    public let value: Value
    /// The content of the file in a directory; nil for an element of a JSON list.
    public let digest: Digest?

    package init(_ value: Value, digest: Digest? = nil) {
        self.value = value
        self.digest = digest
    }
}

/// The lists that are known, by the outputs that contain them.
public typealias KnownLists = [OutputReference: [ListItem]]

extension ListItem {
    /// The maximum number of elements of a list.
    package static let maximumCount = 100_000

    /// The maximum size of a file with a list.
    static let maximumBytes = 64 << 20

    /// The elements of a list, or the files of a directory.
    ///
    /// - Throws: `ListTrouble`, or the store's error.
    package static func items(of artifact: Artifact, in store: any ArtifactStoring) throws -> [ListItem] {
        guard artifact.shape == .tree else {
            guard artifact.size <= maximumBytes else {
                throw ListTrouble("it has \(artifact.size) bytes; a list has at most \(maximumBytes)")
            }
            return try items(json: try store.artifacts.bytes(of: artifact.digest))
        }
        let files = try store.artifacts.files(ofTree: artifact.digest)
        guard files.count <= maximumCount else { throw ListTrouble(count: files.count, "files") }
        guard !files.contains(where: { $0.path.hasSameBytes(as: "*") }) else {
            throw ListTrouble("it has a file '*', which stands for all instances")
        }
        return files.sorted { $0.path.precedesByBytes($1.path) }.map {
            ListItem(.string($0.path), digest: $0.digest)
        }
    }

    /// The elements of a JSON list: texts, numbers and booleans, or maps of those with the same keys.
    static func items(json bytes: [UInt8]) throws -> [ListItem] {
        let value: Value
        do {
            value = try Value(json: bytes)
        } catch {
            throw ListTrouble("it is not valid JSON: \(error)")
        }
        guard case .list(let values) = value else {
            throw ListTrouble("it is \(value.typeName), not a list")
        }
        guard values.count <= maximumCount else { throw ListTrouble(count: values.count, "elements") }
        try check(values)
        return values.map { ListItem($0) }
    }

    private static func check(_ values: [Value]) throws {
        var keys: [String]?
        var seen: Set<ExactText> = []
        for (index, value) in values.enumerated() {
            func trouble(_ words: String) -> ListTrouble { ListTrouble("its element \(index + 1) \(words)") }
            switch value {
            case .map(let fields):
                let names = fields.keys.sorted { $0.precedesByBytes($1) }
                guard !names.isEmpty else { throw trouble("is an empty map") }
                if let key = names.first(where: { !isName($0) }) {
                    throw trouble(
                        "has the key '\(key)'; keys consist of letters, digits, '_' and '-', with a letter first"
                    )
                }
                guard index == 0 || keys.map({ $0.elementsEqual(names) { $0.hasSameBytes(as: $1) } }) == true
                else { throw trouble("has different keys than the first") }
                keys = names
                if let key = names.first(where: { fields[$0]?.isScalar != true }) {
                    throw trouble(
                        "has \(fields[key]?.typeName ?? "nothing") as '\(key)'; a map holds texts, "
                            + "numbers and booleans")
                }
            case .null, .list: throw trouble("is \(value.typeName); a list holds texts, numbers or maps")
            case .boolean, .integer, .number, .string:
                guard keys == nil else { throw trouble("is \(value.typeName), but the first is a map") }
            }
            guard !value.isUnknown else { throw trouble("is '*', which stands for all instances") }
            guard seen.insert(ExactText(value.description)).inserted else {
                throw trouble("is a duplicate: \(value.description)")
            }
        }
    }

    /// True for a name that can be written in a placeholder.
    private static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, first.isASCIILetter || first == UInt8(ascii: "_") else {
            return false
        }
        return text.utf8.allSatisfy {
            $0.isASCIILetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
    }
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20)
    }
}

extension Value {
    /// True if it, or one of its fields, is what stands for an element in the name of instances that are not known yet.
    fileprivate var isUnknown: Bool {
        if case .map(let fields) = self { return fields.values.contains(StageID.unknown) }
        return self == StageID.unknown
    }

    /// True for a text, a number or a boolean.
    fileprivate var isScalar: Bool {
        switch self {
        case .boolean, .integer, .number, .string: true
        case .null, .list, .map: false
        }
    }
}

/// What is wrong with a list; completes "the list of STAGE: ".
struct ListTrouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    init(count: Int, _ noun: String) {
        description = "it has \(count) \(noun); at most \(ListItem.maximumCount) can have instances"
    }
}
