/// Reads JSON from UTF-8 bytes, one token at a time, without building values.
///
/// The bytes must already be known to be valid UTF-8.
package struct JSONScanner: Sendable {
    /// What is being read.
    package let bytes: ArraySlice<UInt8>
    /// What is accepted beyond the standard.
    package let rules: JSONRules
    /// The index of the next byte.
    package private(set) var position: Int

    package init(_ bytes: ArraySlice<UInt8>, rules: JSONRules = .tolerant) {
        self.bytes = bytes
        self.rules = rules
        position = bytes.startIndex
    }

    /// The next byte that is not whitespace, without consuming it; nil at the end.
    package mutating func peek() -> UInt8? {
        let end = bytes.endIndex
        while position < end {
            let byte = bytes[position]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
            position += 1
        }
        return nil
    }

    /// Reads `byte` if it comes next.
    package mutating func skip(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    /// Reads `byte`, or throws if something else comes next.
    package mutating func expect(_ byte: UInt8, _ what: @autoclosure () -> String) throws(JSONFault) {
        guard skip(byte) else { throw unexpected("expected " + what()) }
    }

    /// Checks that nothing follows.
    package mutating func expectEnd(of what: @autoclosure () -> String) throws(JSONFault) {
        guard peek() == nil else { throw unexpected("expected the end of the " + what()) }
    }

    /// Reads a word such as `null` if it comes next.
    package mutating func skip(word: StaticString) -> Bool {
        guard peek() != nil else { return false }
        let length = word.utf8CodeUnitCount
        guard bytes.endIndex - position >= length else { return false }
        // A static string's bytes live forever; `length` is their count.
        let matches = UnsafeBufferPointer(start: word.utf8Start, count: length)
            .elementsEqual(bytes[position..<position + length])
        if matches { position += length }
        return matches
    }

    /// Reads the elements of a list, or the members of an object up to their names, calling `element` for each.
    private mutating func sequence(
        from opening: UInt8, to closing: UInt8, _ names: String,
        _ element: (inout JSONScanner) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        try expect(opening, "'\(String(Unicode.Scalar(opening)))'")
        if skip(closing) { return }
        repeat { try element(&self) } while skip(UInt8(ascii: ","))
        try expect(closing, names)
    }

    /// Reads a list; `element` reads each element.
    package mutating func list(
        _ element: (inout JSONScanner) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        try sequence(from: UInt8(ascii: "["), to: UInt8(ascii: "]"), "',' or ']'", element)
    }

    /// Reads an object; `member` is passed the bytes of each name and reads the value.
    package mutating func object(
        _ member: (inout JSONScanner, [UInt8]) throws(JSONFault) -> Void
    ) throws(JSONFault) {
        var name: [UInt8] = []
        try sequence(from: UInt8(ascii: "{"), to: UInt8(ascii: "}"), "',' or '}'") {
            (scanner) throws(JSONFault) in
            name.removeAll(keepingCapacity: true)
            try scanner.string(appendingTo: &name)
            try scanner.expect(UInt8(ascii: ":"), "':'")
            try member(&scanner, name)
        }
    }

    /// Reads a string and appends its text to `text`.
    package mutating func string(appendingTo text: inout [UInt8]) throws(JSONFault) {
        try expect(0x22, "a string")
        var end: Result<Int, JSONFault> = .success(position)
        withRest { source, count in
            let length = JSONCursor.closingQuote(source, from: 0, end: count)
            text.append(addingCapacity: length + 8) { output in
                output.withUnsafeMutableBufferPointer { target, written in
                    end = decode(source, min(length + 1, count), target.baseAddress, written: &written)
                }
            }
        }
        position = try end.get()
    }

    /// Skips a string.
    package mutating func skipString() throws(JSONFault) {
        try expect(0x22, "a string")
        var end: Result<Int, JSONFault> = .success(position)
        withRest { source, count in
            let length = JSONCursor.closingQuote(source, from: 0, end: count)
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: length + 8) { target in
                var ignored = 0
                end = decode(source, min(length + 1, count), target.baseAddress, written: &ignored)
            }
        }
        position = try end.get()
    }

    /// Calls `body` with the unread bytes and their count.
    private func withRest(_ body: (UnsafePointer<UInt8>, Int) -> Void) {
        bytes[position...].withUnsafeBufferPointer { source in
            if let base = source.baseAddress { body(base, source.count) }
        }
    }

    /// Decodes the string whose opening quote has been read.
    ///
    /// - Parameters:
    ///   - count: the number of bytes up to and including the closing quote.
    ///   - target: has room for as many bytes plus one word.
    /// - Returns: the index after the closing quote.
    private func decode(
        _ source: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>?,
        written: inout Int
    ) -> Result<Int, JSONFault> {
        guard let target else { return .failure(fault("unterminated string")) }
        var cursor = JSONCursor(source, end: count, target: target, rules: rules)
        if cursor.string() {
            written = cursor.written
            return .success(position + cursor.index)
        }
        let offset = position - bytes.startIndex
        return .failure(JSONFault(offset: offset + cursor.fault.offset, reason: cursor.fault.reason))
    }

    /// Skips one value of any type.
    package mutating func skipValue(depth: Int = 0) throws(JSONFault) {
        guard depth < JSONRules.depthLimit else { throw tooDeep() }
        switch peek() {
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "["):
            try list { (scanner) throws(JSONFault) in try scanner.skipValue(depth: depth + 1) }
        case UInt8(ascii: "{"):
            try sequence(from: UInt8(ascii: "{"), to: UInt8(ascii: "}"), "',' or '}'") {
                (scanner) throws(JSONFault) in
                try scanner.skipString()
                try scanner.expect(UInt8(ascii: ":"), "':'")
                try scanner.skipValue(depth: depth + 1)
            }
        default:
            if skip(word: "null") || skip(word: "true") || skip(word: "false") { return }
            _ = try number()
        }
    }

    /// Reads a number and returns its text, with all its digits.
    package mutating func number() throws(JSONFault) -> ArraySlice<UInt8> {
        guard peek() != nil else { throw unexpected("expected a value") }
        let start = position
        withRest { source, count in
            // Nothing is written.
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { target in
                guard let target = target.baseAddress else { return }
                var cursor = JSONCursor(source, end: count, target: target, rules: rules)
                if cursor.takeNumber() { position += cursor.index }
            }
        }
        guard position > start else { throw unexpected("expected a value") }
        return bytes[start..<position]
    }

    private func next() -> UInt8? { position < bytes.endIndex ? bytes[position] : nil }

    /// The fault for a value that is nested too deeply.
    package func tooDeep() -> JSONFault { fault("nested deeper than \(JSONRules.depthLimit)") }

    /// A fault at the next byte.
    package func fault(_ reason: String) -> JSONFault {
        JSONFault(offset: position - bytes.startIndex, reason: reason)
    }

    /// A fault at the next byte that says what was found.
    package func unexpected(_ reason: String) -> JSONFault {
        fault(reason + ", " + (next().map { "found \(JSONFault.name(of: $0))" } ?? "found the end"))
    }
}
