extension ShellScanner {
    /// Takes a byte between words or in one, and those that belong to it.
    mutating func takeCommand(_ bytes: [UInt8], _ position: inout Int, end: UInt8?, cases: Int) {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\\"):
            markWord()
            takeEscape(bytes, &position)
        case UInt8(ascii: "`") where end == byte:
            endWord(at: byte)
            closeCommands()
            position += 1
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"):
            takeOpening(bytes, &position)
        case UInt8(ascii: "#") where isAtWordStart:
            frames.append(.comment)
        case UInt8(ascii: "<") where isByte(bytes, position + 1, "<"):
            endWord(at: byte)
            takeHereOperator(bytes, &position)
        case UInt8(ascii: "(") where isByte(bytes, position + 1, "(") && isAtCommandStart:
            frames.append(.arithmetic(2))
            position += 2
        case UInt8(ascii: "("):
            endWord(at: byte)
            openCommands(end: UInt8(ascii: ")"))
            position += 1
        case UInt8(ascii: ")"):
            endWord(at: byte)
            // Before it, `esac` may just have been read.
            if frames[frames.count - 1] == .commands(end: UInt8(ascii: ")"), cases: 0) { closeCommands() }
            position += 1
        case UInt8(ascii: "\n"):
            endWord(at: byte)
            if !announced.isEmpty {
                frames += announced.reversed().map { .hereDocument($0) }
                announced = []
                line = []
            }
            position += 1
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"),
            UInt8(ascii: "<"), UInt8(ascii: ">"):
            endWord(at: byte)
            position += 1
        default:
            isAtWordStart = false
            // A keyword begins a command, and none is longer than five bytes.
            if isAtCommandStart, word?.count ?? 6 < 6 { word?.append(byte) } else { word = nil }
            position += 1
        }
    }

    /// Handles a byte outside words: the word before it may be a keyword.
    private mutating func endWord(at byte: UInt8) {
        if isAtCommandStart, let keyword = word, !keyword.isEmpty,
            case .commands(let end, let cases) = frames[frames.count - 1]
        {
            if keyword.elementsEqual("case".utf8) {
                frames[frames.count - 1] = .commands(end: end, cases: cases + 1)
            } else if keyword.elementsEqual("esac".utf8), cases > 0 {
                frames[frames.count - 1] = .commands(end: end, cases: cases - 1)
            }
        }
        switch byte {
        case UInt8(ascii: "\n"), UInt8(ascii: ";"), UInt8(ascii: "|"), UInt8(ascii: "&"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "`"):
            isAtCommandStart = true
        default:
            guard let word else {
                isAtCommandStart = false
                break
            }
            if !word.isEmpty { isAtCommandStart = isAtCommandStart && Self.precedesCommand(word) }
        }
        word = []
        isAtWordStart = true
    }

    private static let openings = ["if", "then", "else", "elif", "do", "while", "until", "{", "!", "time"]
        .map { Array($0.utf8) }

    /// True for words after which a command may begin.
    private static func precedesCommand(_ word: [UInt8]) -> Bool { openings.contains(word) }

    /// Takes a byte inside quotes or `${…}`, and those that belong to it.
    mutating func takeQuoted(_ bytes: [UInt8], _ position: inout Int) {
        let byte = bytes[position]
        let frame = frames[frames.count - 1]
        let end =
            switch frame {
            case .doubleQuotes: UInt8(ascii: "\"")
            case .expansion: UInt8(ascii: "}")
            default: UInt8(ascii: "'")
            }
        if byte == end {
            frames.removeLast()
            position += 1
        } else if byte == UInt8(ascii: "\\"), frame != .singleQuotes {
            takeEscape(bytes, &position)
        } else if byte == UInt8(ascii: "$") || byte == UInt8(ascii: "`"),
            frame == .doubleQuotes || frame == .expansion
        {
            takeOpening(bytes, &position)
        } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'"), frame == .expansion {
            takeOpening(bytes, &position)
        } else {
            position += 1
        }
    }

    /// Takes a byte in `((…))`, and those that belong to it.
    mutating func takeArithmetic(_ bytes: [UInt8], _ position: inout Int, depth: Int) {
        switch bytes[position] {
        case UInt8(ascii: "\\"): return takeEscape(bytes, &position)
        case UInt8(ascii: "'"), UInt8(ascii: "\""), UInt8(ascii: "$"), UInt8(ascii: "`"):
            return takeOpening(bytes, &position)
        case UInt8(ascii: "("): frames[frames.count - 1] = .arithmetic(depth + 1)
        case UInt8(ascii: ")") where depth > 1: frames[frames.count - 1] = .arithmetic(depth - 1)
        case UInt8(ascii: ")"):
            frames.removeLast()
            isAtCommandStart = false
        default: break
        }
        position += 1
    }

    /// Takes a comment up to the end of its line.
    mutating func takeComment(_ bytes: [UInt8], _ position: inout Int) {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            position = bytes.count
            return
        }
        frames.removeLast()
        position = end
    }

    /// Takes a line of a here-document, or its beginning.
    mutating func takeLine(_ bytes: [UInt8], _ position: inout Int, of document: HereDocument) {
        let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        for byte in bytes[position..<end] {
            if document.stripsTabs, line?.isEmpty == true, byte == UInt8(ascii: "\t") { continue }
            if line?.count ?? .max > document.delimiter.count { line = nil } else { line?.append(byte) }
        }
        position = end
        guard position < bytes.count else { return }
        position += 1
        if line == document.delimiter { frames.removeLast() }
        line = []
    }

    /// Takes a backslash and the byte that it escapes.
    private mutating func takeEscape(_ bytes: [UInt8], _ position: inout Int) {
        endsInEscape = position + 1 == bytes.count
        position = min(position + 2, bytes.count)
    }

    /// Takes what begins a quotation or a substitution: a quote, a backquote or a dollar sign.
    private mutating func takeOpening(_ bytes: [UInt8], _ position: inout Int) {
        let byte = bytes[position]
        position += 1
        markWord()
        switch byte {
        case UInt8(ascii: "\""): frames.append(.doubleQuotes)
        // In `"${x:-'…'}"` it is an ordinary byte.
        case UInt8(ascii: "'") where frames.last == .expansion && context == .expansionInDoubleQuotes: break
        case UInt8(ascii: "'"): frames.append(.singleQuotes)
        case UInt8(ascii: "`"): openCommands(end: byte)
        default:
            if isByte(bytes, position, "{") {
                frames.append(.expansion)
            } else if isByte(bytes, position, "'"), context == .bare {
                frames.append(.escapeQuotes)
            } else if isByte(bytes, position, "("), isByte(bytes, position + 1, "(") {
                frames.append(.arithmetic(2))
                position += 1
            } else if isByte(bytes, position, "(") {
                openCommands(end: UInt8(ascii: ")"))
            } else {
                return
            }
            position += 1
        }
    }

    private mutating func openCommands(end: UInt8) {
        frames.append(.commands(end: end, cases: 0))
        word = []
        isAtWordStart = true
        isAtCommandStart = true
    }

    private mutating func closeCommands() {
        frames.removeLast()
        markWord()
        isAtCommandStart = false
    }

    /// Takes `<<`, `<<-` and the delimiter after it, or `<<<`.
    private mutating func takeHereOperator(_ bytes: [UInt8], _ position: inout Int) {
        position += 2
        if isByte(bytes, position, "<") {
            position += 1
            return
        }
        var document = HereDocument()
        if isByte(bytes, position, "-") {
            document.stripsTabs = true
            position += 1
        }
        while isByte(bytes, position, " ") { position += 1 }
        var quote: UInt8?
        while position < bytes.count {
            let byte = bytes[position]
            if let open = quote {
                if byte == open { quote = nil } else { document.delimiter.append(byte) }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") {
                quote = byte
                document.isExpanded = false
            } else if byte == UInt8(ascii: "\\") {
                document.isExpanded = false
            } else if " \t\n;|&<>()".utf8.contains(byte) {
                break
            } else {
                document.delimiter.append(byte)
            }
            position += 1
        }
        if !document.delimiter.isEmpty { announced.append(document) }
    }

    private func isByte(_ bytes: [UInt8], _ position: Int, _ scalar: Unicode.Scalar) -> Bool {
        position < bytes.count && bytes[position] == UInt8(ascii: scalar)
    }
}
