import Files
import Glibc

// Fuzz TARGET [OPTION OF LIBFUZZER | FILE | FOLDER]…: gives a reader of data from elsewhere one input after another.
// Fuzz seeds FOLDER: writes inputs to begin with, one folder per target.
//
// A reader may reject any input, but must not crash, use unbounded memory or time, or contradict itself.

/// libFuzzer's main function for programs that have their own.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// Says what is wrong, and ends the program, so that libFuzzer keeps the input.
func wrong(_ what: String) -> Never { fatalError("wrong: " + what) }

/// The reader that is tried.
nonisolated(unsafe) private var target: FuzzTarget?

let words = CommandLine.arguments
if words.count == 3, words[1] == "seeds" {
    do {
        try Seeds.write(to: FilePath(words[2]))
    } catch {
        print("\(error)")
        exit(1)
    }
    exit(0)
}
guard words.count >= 2, let chosen = FuzzTarget.all.first(where: { $0.name == words[1] }) else {
    print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
    exit(words.count == 1 ? 0 : 2)
}
target = chosen
// libFuzzer takes the rest of the words; the first is the program's name.
var count = CommandLine.argc - 1
var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
exit(
    runDriver(&count, &arguments) { start, count in
        // libFuzzer's bytes, which are valid during the call; they are copied.
        let bytes = Array(UnsafeBufferPointer(start: start, count: count))
        target?.read(bytes)
        return 0
    })
