// Encodes a file of texts with a tokenizer, for comparisons with other tokenizers.
//
//     tokenize-texts TOKENIZER TEXTS IDS [--as-text] [--plain] [--decoded FILE] [--repeat N] [--threads N]
//     tokenize-texts train TEXTS TOKENIZER SIZE SPECIAL…
//
// TEXTS and the decoded file hold records of a 32-bit little-endian length and that many bytes; IDS the same with
// ids of 32 bits. With --repeat, whole batches are timed instead: the seconds of each are printed, the ids, and the processor's seconds.
import Files
import Glibc
import Tokenizers

func records(_ bytes: [UInt8]) -> [[UInt8]] {
    var records: [[UInt8]] = []
    var position = 0
    while position + 4 <= bytes.count {
        let length = (0..<4).reduce(0) { $0 | Int(bytes[position + $1]) << (8 * $1) }
        guard position + 4 + length <= bytes.count else { break }
        records.append(Array(bytes[position + 4..<position + 4 + length]))
        position += 4 + length
    }
    return records
}

func appendWord(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in [0, 8, 16, 24] as [UInt32] { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
}

/// The processor time that this process has taken.
func processorSeconds() -> Double {
    var time = timespec()
    // An integer's address, for the time of a call.
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func train(_ arguments: [String]) throws {
    guard arguments.count >= 3, let size = Int(arguments[2]) else { throw ExitError() }
    let texts = records(try FileContents.read(FilePath(arguments[0]))).map {
        String(decoding: $0, as: UTF8.self)
    }
    var trainer = try BytePairTrainer(
        BytePairTrainer.Options(vocabularySize: size, leadingTokens: Array(arguments[3...])))
    trainer.add(texts, threads: 2)
    try FileContents.write(trainer.train().json(), to: FilePath(arguments[1]))
}

func run(_ arguments: [String]) throws {
    if arguments[0] == "train" { return try train(Array(arguments[1...])) }
    func option(_ name: String) -> String? {
        guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return nil }
        return arguments[index + 1]
    }
    let clock = ContinuousClock()
    let start = clock.now
    let tokenizer = try Tokenizer(contentsOf: FilePath(arguments[0]))
    print("loaded \(start.duration(to: clock.now) / .seconds(1))")
    let options = EncodingOptions(
        addsSpecialTokens: !arguments.contains("--plain"),
        specialTokens: arguments.contains("--as-text") ? .asText : .asTokens)
    let texts = records(try FileContents.read(FilePath(arguments[1])))
    if let count = option("--repeat").flatMap({ Int($0) }) {
        let strings = texts.map { String(decoding: $0, as: UTF8.self) }
        let threads = option("--threads").flatMap { Int($0) } ?? 2
        for _ in 0..<count {
            let (start, spent) = (clock.now, processorSeconds())
            let ids = try tokenizer.encode(batch: strings, options, threads: threads)
            let (seconds, processor) = (
                start.duration(to: clock.now) / .seconds(1), processorSeconds() - spent
            )
            print("encoded \(seconds) \(ids.reduce(0) { $0 + $1.count }) \(processor)")
        }
        return
    }
    var output: [UInt8] = []
    var decoded: [UInt8] = []
    for text in texts {
        let ids = try tokenizer.encode(bytes: text, options)
        appendWord(UInt32(ids.count), to: &output)
        for id in ids { appendWord(UInt32(bitPattern: id), to: &output) }
        if option("--decoded") != nil {
            let text = Array(tokenizer.decode(ids).utf8)
            appendWord(UInt32(text.count), to: &decoded)
            decoded += text
        }
    }
    try FileContents.write(output, to: FilePath(arguments[2]))
    if let path = option("--decoded") { try FileContents.write(decoded, to: FilePath(path)) }
}

let arguments = Array(CommandLine.arguments.dropFirst())
guard arguments.count >= 3 else {
    print(
        "usage: tokenize-texts TOKENIZER TEXTS IDS [--as-text] [--plain] [--decoded FILE] [--repeat N] [--threads N]"
    )
    throw ExitError()
}
struct ExitError: Error {}
try run(arguments)
