import FoundationEssentials
import Glibc

// fingerprint-sources SOURCES MODULE OUTPUT
//
// Writes a Swift file with the digest of each stage kind in SOURCES/MODULE. Leaves OUTPUT alone where nothing has
// changed, so that nothing is compiled again.

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 3 else {
    fail("usage: fingerprint-sources SOURCES MODULE OUTPUT")
}
do {
    let tree = SourceTree(sources: arguments[1])
    let table = try KindFingerprints(tree: tree, module: arguments[2]).table()
    let text = generatedFile(table)
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
    let rows = table.sorted { $0.key < $1.key }.map { "        \"\($0.key)\": \"\($0.value)\",\n" }.joined()
    return """
        /// The digest of the sources that each stage kind's results depend on, by the kind's name.
        public enum SourceFingerprints: Sendable {
            /// 64 hexadecimal digits each.
            public static let table: [String: String] = [
        \(rows.isEmpty ? "        :\n" : rows)    ]
        }

        """
}
