public import Files

extension Tokenizer {
    /// Loads a tokenizer from a file or a checkpoint folder: its `tokenizer.json`, or else its `tokenizer.model`
    /// (SentencePiece or ranks), or else its `vocab.json` and `merges.txt`.
    ///
    /// - Throws: `unreadable`, `malformed` or `unsupported`, each with the file's path.
    public init(contentsOf path: FilePath) throws(TokenizerError) {
        if (try? FileStatus(of: path))?.kind == .directory {
            try self.init(folder: path)
        } else if path.text.hasSuffix("vocab.json") {
            try self.init(merges: path, path.parent.appending("merges.txt"))
        } else {
            let bytes = try TokenizerFile.bytes(of: path)
            do {
                try self.init(bytes: bytes)
            } catch {
                throw error.at(path.text)
            }
        }
    }

    private init(folder: FilePath) throws(TokenizerError) {
        for name in ["tokenizer.json", "tokenizer.model", "vocab.json"] {
            let path = folder.appending(name)
            if FileSystem.exists(path) {
                try self.init(contentsOf: path)
                return
            }
        }
        throw TokenizerError(
            .unreadable, "contains no tokenizer.json, tokenizer.model or vocab.json", path: folder.text)
    }

    private init(merges vocabulary: FilePath, _ merges: FilePath) throws(TokenizerError) {
        let vocabularyBytes = try TokenizerFile.bytes(of: vocabulary)
        let mergesBytes = try TokenizerFile.bytes(of: merges)
        do {
            self.init(try MergesReader.parts(vocabulary: vocabularyBytes, merges: mergesBytes))
        } catch {
            throw error.at(vocabulary.text)
        }
    }

    /// Loads a tokenizer from a file's bytes: `tokenizer.json`, a SentencePiece model or a file of ranks, which are
    /// distinguished by how they begin.
    ///
    /// - Throws: `malformed` or `unsupported`.
    public init(bytes: [UInt8]) throws(TokenizerError) {
        let start = bytes.first { ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains($0) }
        if start == UInt8(ascii: "{") {
            self.init(try TokenizerJSON.parts(bytes))
        } else if TextTables.looksLikeRanks(bytes) {
            self.init(try RankReader.parts(bytes))
        } else {
            self.init(try SentencePieceReader.parts(bytes))
        }
    }
}
