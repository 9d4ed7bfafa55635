// Quantizes a matrix to NF4 and back, or a checkpoint's folder, and prints seconds; compare.py does it with bitsandbytes.
//
//     quantize-matrices FILE ROWS COLUMNS THREADS ROUNDS CODES
//     quantize-matrices CHECKPOINT THREADS TARGET
//
// FILE holds 32-bit numbers, row by row; CODES gets the last round's codes, for the comparison.
import Files
import FloatFormats
import LanguageModels
import Tensors

let arguments = Array(CommandLine.arguments.dropFirst())
let clock = ContinuousClock()

func quantizeMatrix(rows: Int, columns: Int, threads: Int, rounds: Int) throws {
    let file = try MappedFile(FilePath(arguments[0]))
    let numbers = file.withBytes(0..<file.count) { bytes in FloatConversion.floats(float32: bytes) }
    let panelRows = rows.isMultiple(of: 256) ? 256 : rows
    var panel = [Float](repeating: 0, count: panelRows * columns)
    var codes: [UInt8] = []
    for _ in 0..<rounds {
        let start = clock.now
        let matrix = NF4Matrix(quantizing: numbers, rows: rows, columns: columns, threads: threads)
        let middle = clock.now
        print("quantized", start.duration(to: middle) / .seconds(1))
        // As products do it: some hundred rows at a time, into memory that is there. On one thread, as each panel is.
        let panelStart = clock.now
        for first in stride(from: 0, to: rows, by: panelRows) {
            var span = panel.mutableSpan
            matrix.dequantize(rows: first..<(first + panelRows), into: &span)
        }
        print("dequantized-panels", panelStart.duration(to: clock.now) / .seconds(1))
        // As bitsandbytes' call does it: all at once, into fresh memory.
        let wholeStart = clock.now
        var whole = [Float](repeating: 0, count: rows * columns)
        var span = whole.mutableSpan
        matrix.dequantize(rows: 0..<rows, into: &span)
        print("dequantized", wholeStart.duration(to: clock.now) / .seconds(1))
        codes = matrix.codes
    }
    try FileContents.write(codes, to: FilePath(arguments[5]))
}

if arguments.count == 6, let rows = Int(arguments[1]), let columns = Int(arguments[2]),
    let threads = Int(arguments[3]), let rounds = Int(arguments[4])
{
    try quantizeMatrix(rows: rows, columns: columns, threads: threads, rounds: rounds)
} else if arguments.count == 3, let threads = Int(arguments[1]) {
    let start = clock.now
    let target = FilePath(arguments[2])
    try FileSystem.makeDirectories(target)
    try QuantizedCheckpoint.write(from: FilePath(arguments[0]), to: target, threads: threads)
    print("quantized", start.duration(to: clock.now) / .seconds(1))
} else {
    print("usage: quantize-matrices FILE ROWS COLUMNS THREADS ROUNDS CODES | CHECKPOINT THREADS TARGET")
}
