internal import Files

/// Whole files, bounded in size.
enum TokenizerFile {
    private static let maximumBytes = 256 << 20

    static func bytes(of path: FilePath) throws(TokenizerError) -> [UInt8] {
        do {
            return try FileContents.read(path, limit: maximumBytes)
        } catch {
            throw TokenizerError(
                .unreadable, "\(error); a tokenizer's file has at most 256 MiB", path: path.text)
        }
    }
}
