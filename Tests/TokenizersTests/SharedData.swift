import Files
import Testing

/// Real vocabularies next to the package, if there are any; tests that need them are skipped otherwise.
enum SharedData {
    static let tokenizers: FilePath = {
        var path = FilePath(#filePath)
        for _ in 0..<3 { path = path.parent }
        return path.parent.appending("shared").appending("data").appending("tokenizers")
    }()

    static var isPresent: Bool { FileSystem.exists(tokenizers) }

    /// A file under the folder of tokenizers.
    static func path(_ folder: String, _ name: String) -> FilePath {
        tokenizers.appending(folder).appending(name)
    }

    /// The golden texts of a vocabulary and their ids.
    static func golden(_ name: String) throws -> [(text: String, ids: [Int32])] {
        let input = try FileContents.readText(path("golden", "ggml-vocab-\(name).gguf.inp"))
        let output = try FileContents.readText(path("golden", "ggml-vocab-\(name).gguf.out"))
        let texts = input.components(separatedBy: "\n__ggml_vocab_test__\n")
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        return zip(texts, lines).map { text, line in
            (text, line.split(separator: " ").compactMap { Int32($0) })
        }
    }
}

extension String {
    fileprivate func components(separatedBy separator: String) -> [String] {
        var parts: [String] = []
        var rest = Array(utf8)[...]
        let mark = Array(separator.utf8)
        var part: [UInt8] = []
        while let byte = rest.first {
            if rest.starts(with: mark) {
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
                rest = rest.dropFirst(mark.count)
            } else {
                part.append(byte)
                rest = rest.dropFirst()
            }
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }
}
