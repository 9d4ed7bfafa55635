import Comparisons
import Files
import Parallelism
import Randomness

/// Writes rows as the competition's CSV files.
struct KaggleFile: Sendable {
    let rows: SampleRows
    /// Whether the columns of winners and models are written.
    let isLabelled: Bool

    /// The number of rows that one task generates.
    private static let chunk = 1024

    /// Writes the file and returns statistics of its content.
    func write(to path: FilePath, threads: Int, progress: (Int) -> Void) throws -> SampleTally {
        let file = try File(path, .writing)
        try file.write(Array(header.utf8))
        var tally = SampleTally()
        let chunks = (rows.count + Self.chunk - 1) / Self.chunk
        for first in stride(from: 0, to: chunks, by: max(1, threads)) {
            let count = min(max(1, threads), chunks - first)
            let parts = try Parallel.map(count: count, threads: threads) { chunk in
                part((first + chunk) * Self.chunk)
            }
            for part in parts {
                try file.write(part.csv)
                for row in part.rows { tally.add(row) }
            }
            progress(tally.rows)
        }
        return tally
    }

    private var header: String {
        isLabelled
            ? "id,model_a,model_b,prompt,response_a,response_b,winner_model_a,winner_model_b,winner_tie\n"
            : "id,prompt,response_a,response_b\n"
    }

    private func part(_ first: Int) -> (csv: [UInt8], rows: [SampleRows.Row]) {
        var csv: [UInt8] = []
        var made: [SampleRows.Row] = []
        for index in first..<min(first + Self.chunk, rows.count) {
            var row = rows.row(index)
            append(row, index: index, to: &csv)
            // Keeps only what the statistics need.
            row.conversation.responseA = row.conversation.responseA.map { $0.map { Array($0.prefix(1)) } }
            row.conversation.responseB = row.conversation.responseB.map { $0.map { Array($0.prefix(1)) } }
            made.append(row)
        }
        return (csv, made)
    }

    private func append(_ row: SampleRows.Row, index: Int, to csv: inout [UInt8]) {
        var random = rows.identifier(index)
        let offset = rows.part == .test ? 8_000_000 : 30_000
        let comma = UInt8(ascii: ",")
        csv += Array(String(offset + 7 * index + random.integer(below: 7)).utf8)
        csv.append(comma)
        if isLabelled {
            csv += Array("\(row.conversation.modelA),\(row.conversation.modelB),".utf8)
        }
        let newlines = random.chance(0.01)
        JSONCell.append(row.conversation.prompt, newlines: newlines, to: &csv)
        csv.append(comma)
        JSONCell.append(row.conversation.responseA, newlines: newlines, to: &csv)
        csv.append(comma)
        JSONCell.append(row.conversation.responseB, newlines: newlines, to: &csv)
        if isLabelled {
            switch row.label {
            case .a: csv += Array(",1,0,0".utf8)
            case .b: csv += Array(",0,1,0".utf8)
            case .tie: csv += Array(",0,0,1".utf8)
            }
        }
        csv.append(0x0A)
    }
}
