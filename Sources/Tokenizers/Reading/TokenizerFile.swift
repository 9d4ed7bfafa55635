internal import Files

/// Reads whole files of bounded size.
enum TokenizerFile {
    private static let maximumBytes = 256 << 20

    static func bytes(of path: FilePath) throws(TokenizerError) -> [UInt8] {
        do {
            return try FileContents.read(path, limit: maximumBytes)
        } catch {
            throw TokenizerError(
                .unreadable, "\(error); tokenizer files are limited to 256 MiB", path: path.text)
        }
    }
}
