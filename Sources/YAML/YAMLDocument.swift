internal import CYAML

/// Parses YAML 1.2 with libyaml, with limits on everything.
public enum YAMLDocument: Sendable {
    /// How large a document may be.
    public struct Limits: Sendable {
        /// Bytes of text.
        public var bytes = 256 << 20
        /// Levels of nesting.
        public var depth = 64
        /// Values, counting those that aliases repeat each time.
        public var nodes = 20_000_000
        /// The total number of values that aliases may add.
        var aliasedNodes = 100_000

        /// The usual limits.
        public init() {}
    }

    /// The root of the single document in `text`; null if the text is empty.
    ///
    /// - Parameter source: the number of the text, for the positions.
    /// - Throws: `YAMLError` for syntax errors, duplicate keys, unknown aliases, multiple documents, tags, and anything
    ///   beyond the limits. Complexity: linear.
    public static func parse(
        _ text: String, limits: Limits = Limits(), source: Int = 0
    ) throws(YAMLError) -> Node {
        guard text.utf8.count <= limits.bytes else {
            throw YAMLError(
                "the file is larger than \(limits.bytes) bytes", at: Mark(line: 1, column: 1, source: source))
        }
        var copy = text
        let result = copy.withUTF8 { bytes in
            // A byte order mark before the text has no meaning.
            let mark = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            let bytes = UnsafeBufferPointer(rebasing: bytes[mark...])
            return Result { () throws(YAMLError) in
                // The parser reads from `bytes`, which outlives it.
                var parser = EventParser(bytes: bytes, limits: limits, source: source)
                defer { parser.destroy() }
                return try parser.document()
            }
        }
        return try result.get()
    }
}

/// Builds nodes from libyaml's events.
private struct EventParser {
    // Owned, freed by `destroy`. On the heap, because libyaml keeps the parser's address.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    // The text, which outlives the parser.
    private let bytes: UnsafeBufferPointer<UInt8>
    private let limits: YAMLDocument.Limits
    private let source: Int
    private var anchors: [String: (node: Node, count: Int)] = [:]
    private var nodeCount = 0
    private var aliasedCount = 0

    init(bytes: UnsafeBufferPointer<UInt8>, limits: YAMLDocument.Limits, source: Int) {
        self.bytes = bytes
        self.limits = limits
        self.source = source
        parser = .allocate(capacity: 1)
        guard yaml_parser_initialize(parser) == 1 else { preconditionFailure("out of memory") }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    func destroy() {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    mutating func document() throws(YAMLError) -> Node {
        try expect(YAML_STREAM_START_EVENT)
        var event = try next()
        if event.type == YAML_STREAM_END_EVENT {
            return Node(
                content: .scalar("", isPlain: true), mark: Mark(line: 1, column: 1, source: source))
        }
        delete(&event)
        var first = try next()
        let root = try node(&first, depth: 0)
        try expect(YAML_DOCUMENT_END_EVENT)
        var last = try next()
        defer { delete(&last) }
        guard last.type == YAML_STREAM_END_EVENT else {
            throw YAMLError(
                "a second document begins here; a file must contain only one", at: mark(last.start_mark))
        }
        return root
    }

    private mutating func node(_ event: inout yaml_event_t, depth: Int) throws(YAMLError) -> Node {
        defer { delete(&event) }
        let start = mark(event.start_mark)
        guard depth < limits.depth else {
            throw YAMLError("nested more than \(limits.depth) levels deep", at: start)
        }
        nodeCount += 1
        guard nodeCount <= limits.nodes else {
            throw YAMLError("the file has more than \(limits.nodes) values", at: start)
        }
        let before = nodeCount
        var anchor: String?
        let content: Node.Content
        switch event.type {
        case YAML_ALIAS_EVENT: return try alias(event, start)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            anchor = text(scalar.anchor)
            try checkTag(scalar.tag, start)
            // libyaml provides `length` bytes of UTF-8, valid until the event is deleted.
            let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            let isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE && scalar.tag == nil
            content = .scalar(String(decoding: bytes, as: UTF8.self), isPlain: isPlain)
        case YAML_SEQUENCE_START_EVENT:
            anchor = text(event.data.sequence_start.anchor)
            try checkTag(event.data.sequence_start.tag, start)
            content = .sequence(try elements(depth))
        case YAML_MAPPING_START_EVENT:
            anchor = text(event.data.mapping_start.anchor)
            try checkTag(event.data.mapping_start.tag, start)
            content = .mapping(try entries(depth))
        default: throw YAMLError("unexpected structure", at: start)
        }
        let node = Node(content: content, mark: start)
        if let anchor { anchors[anchor] = (node, nodeCount - before + 1) }
        return node
    }

    private mutating func elements(_ depth: Int) throws(YAMLError) -> [Node] {
        var nodes: [Node] = []
        while true {
            var event = try next()
            if event.type == YAML_SEQUENCE_END_EVENT {
                delete(&event)
                return nodes
            }
            nodes.append(try node(&event, depth: depth + 1))
        }
    }

    private mutating func entries(_ depth: Int) throws(YAMLError) -> [Node.Entry] {
        var entries: [Node.Entry] = []
        var places = KeyPlaces()
        var merged: [Node.Entry]?
        while true {
            var event = try next()
            if event.type == YAML_MAPPING_END_EVENT {
                delete(&event)
                for entry in merged ?? []
                where places.add(entry.key, at: entry.mark, behind: entries) == nil {
                    entries.append(entry)
                }
                return entries
            }
            let key = try node(&event, depth: depth + 1)
            guard case .scalar(let name, let isPlain) = key.content else {
                throw YAMLError("a key must be a word or quoted text", at: key.mark)
            }
            if isPlain && name == "<<" {
                guard merged == nil else {
                    throw YAMLError(
                        "a map may have only one <<; its value may be a list of maps", at: key.mark)
                }
                var value = try next()
                merged = try Self.entries(toMerge: try node(&value, depth: depth + 1))
                continue
            }
            if let first = places.add(name, at: key.mark, behind: entries) {
                throw YAMLError(
                    "duplicate key '\(name)', already defined on line \(first.line)", at: key.mark)
            }
            var event2 = try next()
            entries.append(
                Node.Entry(key: name, mark: key.mark, value: try node(&event2, depth: depth + 1)))
        }
    }

    /// The entries of the map, or of the list of maps, that is the value of a merge key (https://yaml.org/type/merge.html).
    private static func entries(toMerge node: Node) throws(YAMLError) -> [Node.Entry] {
        switch node.content {
        case .mapping(let entries): return entries
        case .sequence(let nodes):
            var all: [Node.Entry] = []
            for node in nodes {
                guard case .mapping(let entries) = node.content else {
                    throw YAMLError("<< merges maps, but this is not a map", at: node.mark)
                }
                all += entries
            }
            return all
        case .scalar: throw YAMLError("<< merges a map, or a list of maps: `<<: *NAME`", at: node.mark)
        }
    }

    /// The positions of a map's keys: small maps are searched linearly, which is faster than a hash table.
    private struct KeyPlaces {
        private var table: [String: Mark] = [:]

        /// Adds the key that is to follow some entries; the position of the same key if there is one among them.
        mutating func add(_ name: String, at mark: Mark, behind entries: [Node.Entry]) -> Mark? {
            guard entries.count > 8 else { return entries.first { $0.key == name }?.mark }
            if table.isEmpty { for entry in entries { table[entry.key] = entry.mark } }
            return table.updateValue(mark, forKey: name)
        }
    }

    private mutating func alias(_ event: yaml_event_t, _ start: Mark) throws(YAMLError) -> Node {
        let name = text(event.data.alias.anchor) ?? ""
        guard let target = anchors[name] else {
            throw YAMLError("the alias *\(name) has no anchor &\(name) before it", at: start)
        }
        aliasedCount += target.count
        nodeCount += target.count
        guard aliasedCount <= limits.aliasedNodes else {
            throw YAMLError("aliases expand to more than \(limits.aliasedNodes) values", at: start)
        }
        return target.node
    }

    private func checkTag(_ tag: UnsafeMutablePointer<yaml_char_t>?, _ start: Mark) throws(YAMLError) {
        guard let tag = text(tag), tag != "!", !tag.hasPrefix("tag:yaml.org,2002:") else { return }
        throw YAMLError("unknown tag \(tag); remove it", at: start)
    }

    private mutating func expect(_ type: yaml_event_type_t) throws(YAMLError) {
        var event = try next()
        defer { delete(&event) }
        guard event.type == type else { throw YAMLError("unexpected structure", at: mark(event.start_mark)) }
    }

    private mutating func next() throws(YAMLError) -> yaml_event_t {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else {
            var message = parser.pointee.problem.map { String(cString: $0) } ?? "unreadable"
            if let context = parser.pointee.context { message = String(cString: context) + ", " + message }
            if isAtTab(parser.pointee.problem_mark) {
                message = "a tab cannot be used for indentation in YAML; write spaces"
            }
            if parser.pointee.error == YAML_READER_ERROR {
                throw YAMLError(
                    "\(message) (at byte \(parser.pointee.problem_offset))",
                    at: Mark(line: 1, column: 1, source: source))
            }
            throw YAMLError(message, at: mark(parser.pointee.problem_mark))
        }
        return event
    }

    /// True if a line's first character other than a space is a tab at this place: libyaml says only that nothing begins with it.
    private func isAtTab(_ mark: yaml_mark_t) -> Bool {
        guard parser.pointee.error == YAML_SCANNER_ERROR, mark.index < bytes.count else { return false }
        // Marks count characters; in a text of ASCII, and so before the first character that is not, they are bytes.
        guard bytes[mark.index] == UInt8(ascii: "\t") else { return false }
        let line = bytes[..<mark.index].reversed().prefix { $0 != UInt8(ascii: "\n") }
        return line.allSatisfy { $0 == UInt8(ascii: " ") }
    }

    private func delete(_ event: inout yaml_event_t) { yaml_event_delete(&event) }

    private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        // libyaml's names are NUL-terminated, and valid until the event is deleted.
        pointer.map { String(cString: $0) }
    }

    private func mark(_ mark: yaml_mark_t) -> Mark {
        Mark(line: Int(mark.line) + 1, column: Int(mark.column) + 1, source: source)
    }
}
