import StageSchemas

/// Compares two texts line by line, as a unified diff. Pure.
struct TextComparison {
    /// One line of the diff: ` ` in both, `-` only before, `+` only after.
    struct Line: Hashable {
        let mark: Character
        let text: ArraySlice<UInt8>
    }

    /// The lines around a difference that are shown with it.
    private static let context = 3
    /// The most lines that differ on a side: beyond that, all between the first and the last difference counts as replaced.
    private static let largestMiddle = 4000

    private let lines: [Line]

    init(_ before: [UInt8], _ after: [UInt8]) { lines = Self.lines(Self.split(before), Self.split(after)) }

    private static func split(_ text: [UInt8]) -> [ArraySlice<UInt8>] {
        var parts = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts
    }

    private static func lines(_ old: [ArraySlice<UInt8>], _ new: [ArraySlice<UInt8>]) -> [Line] {
        let start = zip(old, new).prefix { $0 == $1 }.count
        let limit = min(old.count, new.count) - start
        let end = zip(old.reversed(), new.reversed()).prefix(limit).prefix { $0 == $1 }.count
        let (left, right) = (old[start..<old.count - end], new[start..<new.count - end])
        var lines = old[..<start].map { Line(mark: " ", text: $0) }
        if max(left.count, right.count) > largestMiddle {
            lines += left.map { Line(mark: "-", text: $0) } + right.map { Line(mark: "+", text: $0) }
        } else {
            let changes = Array(right).difference(from: Array(left))
            var removed = Set<Int>()
            var added = Set<Int>()
            for change in changes {
                switch change {
                case .remove(let offset, _, _): removed.insert(offset)
                case .insert(let offset, _, _): added.insert(offset)
                }
            }
            var (i, j) = (0, 0)
            let (before, after) = (Array(left), Array(right))
            while i < before.count || j < after.count {
                if i < before.count, removed.contains(i) {
                    lines.append(Line(mark: "-", text: before[i]))
                    i += 1
                } else if j < after.count, added.contains(j) {
                    lines.append(Line(mark: "+", text: after[j]))
                    j += 1
                } else {
                    lines.append(Line(mark: " ", text: before[i]))
                    i += 1
                    j += 1
                }
            }
        }
        return lines + old[(old.count - end)...].map { Line(mark: " ", text: $0) }
    }

    /// The diff in unified format, without its two lines of file names.
    var unified: [String] {
        var result: [String] = []
        var index = 0
        var (oldLine, newLine) = (1, 1)
        while let first = lines[index...].firstIndex(where: { $0.mark != " " }) {
            let start = max(index, first - Self.context)
            for line in lines[index..<start] where line.mark == " " {
                (oldLine, newLine) = (oldLine + 1, newLine + 1)
            }
            var last = first
            while let next = lines[(last + 1)...].firstIndex(where: { $0.mark != " " }),
                next - last <= 2 * Self.context + 1
            {
                last = next
            }
            let end = min(lines.count, last + Self.context + 1)
            let hunk = lines[start..<end]
            let counts = (hunk.filter { $0.mark != "+" }.count, hunk.filter { $0.mark != "-" }.count)
            result.append("@@ -\(oldLine),\(counts.0) +\(newLine),\(counts.1) @@")
            result += hunk.map { String($0.mark) + String(decoding: $0.text, as: UTF8.self) }
            oldLine += counts.0
            newLine += counts.1
            index = end
        }
        return result
    }

    var difference: ContentDifference {
        let counts = (lines.filter { $0.mark == "+" }.count, lines.filter { $0.mark == "-" }.count)
        let unified = unified
        var difference = ContentDifference(
            format: "text",
            sentences: ["lines: \(Amounts.grouped(counts.0)) added, \(Amounts.grouped(counts.1)) removed"],
            details: ["diff": .list(unified.map { .string($0) })])
        let shown = unified.prefix(10 * ContentDifference.limit)
        let more = unified.count > shown.count ? ["… and \(unified.count - shown.count) more lines"] : []
        difference.sections.append(Findings.Section(title: "Lines", sentences: shown + more))
        return difference
    }
}
