internal import Texts

/// A pattern for the paths of files: `*`, `?` and `[…]` within a name, and `**` for any folders in between.
///
/// As in shells, `*` and `?` match no dot at the beginning of a name, and `**` enters no folder whose name begins with a dot and
/// follows no links.
public struct PathPattern: Sendable, Hashable {
    /// The folder above the first name with a wildcard: `docs` of `docs/**/*.txt`, `.` of `*.txt`.
    public let folder: FilePath
    private let names: [NamePattern]
    /// The text of the pattern.
    public let text: String

    /// Why a text is not a pattern.
    public struct Mistake: Error, Sendable, CustomStringConvertible {
        /// The message.
        public let description: String
    }

    /// Why the matching files cannot be determined.
    public struct Trouble: Error, Sendable, CustomStringConvertible {
        /// The message.
        public let description: String
    }

    /// The depth down to which `**` enters folders, counted from where the pattern begins.
    private static let maximumDepth = 64
    /// The most names that are examined.
    private static let maximumNames = 1_000_000

    /// A pattern of a text such as `docs/**/*.txt`.
    public init(_ text: String) throws(Mistake) {
        let parts = text.parts(between: "/")
        let first = parts.firstIndex { NamePattern.hasWildcard($0) } ?? parts.count - 1
        guard let last = parts.last, !last.isEmpty, !text.utf8.contains(0) else {
            throw Mistake(
                description: "'\(text)' is not a pattern for files: it ends in a slash, or is empty")
        }
        let leading = parts[..<first].joined(separator: "/")
        folder = FilePath(first == 0 ? "." : leading.isEmpty ? "/" : leading)
        var names: [NamePattern] = []
        for part in parts[first...] where !part.isEmpty && part != "." {
            guard part != ".." else {
                throw Mistake(description: "'\(text)' has '..' after a wildcard")
            }
            guard let name = NamePattern(part) else {
                throw Mistake(
                    description: "'\(text)' has a '[' that is not closed; write [[] for the character")
            }
            names.append(name)
        }
        // A pattern that ends in `**` means all files below.
        if names.last == .anyFolders { names.append(.matching([.any])) }
        self.names = names
        self.text = text
    }

    /// The files that match, as paths from `folder`, in the order of their bytes.
    ///
    /// - Parameters:
    ///   - directory: what a relative pattern is relative to.
    ///   - hidden: what is left out.
    public func matches(in directory: FilePath = "", hiding hidden: HiddenEntries = HiddenEntries([])) throws
        -> [String]
    {
        var search = Search(
            base: directory.text.isEmpty ? folder : folder.resolved(against: directory), hidden: hidden,
            pattern: text)
        try search.search(names[...], below: "", depth: 0)
        return search.found.sorted { $0.precedesByBytes($1) }.reduce(into: []) { result, path in
            if result.last.map({ !$0.hasSameBytes(as: path) }) ?? true { result.append(path) }
        }
    }

    /// The path of a match, as the pattern's author would write it.
    public func path(of match: String) -> String {
        folder.text == "." && !text.beginsWith("./") ? match : folder.appending(match).text
    }

    private struct Search {
        let base: FilePath
        let hidden: HiddenEntries
        let pattern: String
        var found: [String] = []
        var looks = 0

        mutating func search(_ names: ArraySlice<NamePattern>, below path: String, depth: Int) throws {
            guard let name = names.first else { return }
            let rest = names.dropFirst()
            let folder = path.isEmpty ? base : base.appending(path)
            if name == .anyFolders { try search(rest, below: path, depth: depth) }
            guard depth < PathPattern.maximumDepth else {
                throw Trouble(
                    description: "\(folder) is more than \(PathPattern.maximumDepth) folders below where "
                        + "'\(pattern)' begins")
            }
            for entry in try entries(of: folder, matching: name) {
                looks += 1
                guard looks <= PathPattern.maximumNames else {
                    throw Trouble(
                        description: "'\(pattern)' looks at more than \(PathPattern.maximumNames) names")
                }
                let inner = path.isEmpty ? entry : path + "/" + entry
                guard let status = try status(of: inner, followsLinks: name != .anyFolders) else { continue }
                if name == .anyFolders {
                    if status.kind == .directory { try search(names, below: inner, depth: depth + 1) }
                } else if rest.isEmpty {
                    if status.kind == .file { found.append(inner) }
                } else if status.kind == .directory {
                    try search(rest, below: inner, depth: depth + 1)
                }
            }
        }

        /// The status of a path; nil if nothing is there, or a dangling link. Any other reason why it cannot be seen is an error.
        private func status(of path: String, followsLinks: Bool) throws(FileError) -> FileStatus? {
            try FileStatus.ifPresent(at: base.appending(path), followsLinks: followsLinks)
        }

        private func entries(of folder: FilePath, matching name: NamePattern) throws -> [String] {
            if case .literal(let name) = name { return [name] }
            let status = try FileStatus(of: folder)
            guard status.kind == .directory else { return [] }
            return try FileSystem.names(in: folder).filter {
                name.matches($0) && !hidden.contains($0, in: status)
            }
        }
    }
}

/// A part of a pattern between two slashes.
enum NamePattern: Sendable, Hashable {
    /// A piece of a name.
    enum Piece: Sendable, Hashable {
        case exactly(Unicode.Scalar)
        /// `*`
        case any
        /// `?`
        case one
        /// `[a-z]`, `[!a-z]`
        case among([ClosedRange<Unicode.Scalar>], isNegated: Bool)
    }

    case literal(String)
    case matching([Piece])
    /// `**`
    case anyFolders

    static func hasWildcard(_ text: String) -> Bool {
        text.utf8.contains { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "[")].contains($0) }
    }

    /// Nil if a bracket is not closed.
    init?(_ text: String) {
        guard Self.hasWildcard(text) else {
            self = .literal(text)
            return
        }
        guard text != "**" else {
            self = .anyFolders
            return
        }
        let scalars = Array(text.unicodeScalars)
        var pieces: [Piece] = []
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case "*": if pieces.last != .any { pieces.append(.any) }
            case "?": pieces.append(.one)
            case "[":
                guard let (piece, end) = Self.brackets(scalars, from: position) else { return nil }
                pieces.append(piece)
                position = end
            default: pieces.append(.exactly(scalar))
            }
        }
        self = .matching(pieces)
    }

    /// What is between brackets, and the position after them; a `]` that comes first is one of the characters.
    private static func brackets(_ scalars: [Unicode.Scalar], from start: Int) -> (Piece, Int)? {
        var position = start
        let isNegated = position < scalars.count && (scalars[position] == "!" || scalars[position] == "^")
        if isNegated { position += 1 }
        var ranges: [ClosedRange<Unicode.Scalar>] = []
        while position < scalars.count, scalars[position] != "]" || ranges.isEmpty {
            let first = scalars[position]
            if position + 2 < scalars.count, scalars[position + 1] == "-", scalars[position + 2] != "]" {
                let last = scalars[position + 2]
                ranges.append(min(first, last)...max(first, last))
                position += 3
            } else {
                ranges.append(first...first)
                position += 1
            }
        }
        guard position < scalars.count else { return nil }
        return (.among(ranges, isNegated: isNegated), position + 1)
    }

    func matches(_ name: String) -> Bool {
        switch self {
        case .literal(let text): return text.hasSameBytes(as: name)
        case .anyFolders: return !name.beginsWith(".")
        case .matching(let pieces):
            if name.beginsWith("."), pieces.first != .exactly(".") { return false }
            return Self.matches(Array(name.unicodeScalars), pieces)
        }
    }

    /// Goes back to the last `*` only, which is enough and keeps the time quadratic.
    private static func matches(_ name: [Unicode.Scalar], _ pieces: [Piece]) -> Bool {
        var place = 0
        var piece = 0
        var retry: (place: Int, piece: Int)?
        while place < name.count {
            if piece < pieces.count, pieces[piece] == .any {
                retry = (place, piece)
                piece += 1
            } else if piece < pieces.count, isMatch(name[place], pieces[piece]) {
                place += 1
                piece += 1
            } else if let last = retry {
                retry = (last.place + 1, last.piece)
                (place, piece) = (last.place + 1, last.piece + 1)
            } else {
                return false
            }
        }
        return pieces[piece...].allSatisfy { $0 == .any }
    }

    private static func isMatch(_ scalar: Unicode.Scalar, _ piece: Piece) -> Bool {
        switch piece {
        case .exactly(let other): scalar == other
        case .any: false
        case .one: true
        case .among(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
        }
    }
}
