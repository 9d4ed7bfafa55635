import FoundationEssentials
import Glibc

// fingerprint-sources SOURCES MODULE OUTPUT
//
// Writes a Swift file with the fingerprint of each stage kind in the modules that SOURCES/MODULE imports. Leaves OUTPUT
// alone if nothing has changed, so that nothing is compiled again.

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 3 else {
    fail("usage: fingerprint-sources SOURCES MODULE OUTPUT")
}
do {
    var fingerprints = KindFingerprints(sources: arguments[1], list: arguments[2])
    let text = generatedFile(try fingerprints.table())
    let output = arguments[3]
    if FileManager.default.contents(atPath: output) != Data(text.utf8) {
        try Data(text.utf8).write(to: URL(filePath: output), options: .atomic)
    }
} catch {
    fail("error: \(error)")
}

func fail(_ message: String) -> Never {
    let bytes = Array((message + "\n").utf8)
    _ = write(2, bytes, bytes.count)
    exit(1)
}

func generatedFile(_ table: [String: String]) -> String {
    let rows = table.sorted { $0.key < $1.key }.map { "            \"\($0.key)\": \"\($0.value)\",\n" }
        .joined()
    return """
        /// The digest of the sources that each stage kind's results depend on, by the kind's name.
        package enum SourceFingerprints: Sendable {
            /// 64 hexadecimal digits each. A function's body, so that a change compiles nothing else again.
            package static var table: [String: String] {
                [
        \(rows.isEmpty ? "            :\n" : rows)        ]
            }
        }

        """
}
