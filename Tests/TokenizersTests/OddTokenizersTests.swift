import Files
import FoundationEssentials
import Testing

@testable import Tokenizers

/// Tokenizers of unusual parts against `tokenizers`; `References/odd_tokenizers.py` and `References/composed_tokenizers.py` drew them.
///
/// If `SLUICE_ODD_TOKENIZERS` names files that these have written, separated by colons, those in them are tested, too.
@Suite struct OddTokenizersTests {
    private struct Case: Decodable {
        let tokenizer: String
        let texts: [String]
        let ids: [[Int32]]
        /// Whether the library's ids are not reproduced, but the file refused.
        let refused: Bool?
    }

    @Test func gapsSpelledUnknownTokensAndSwallowedWhiteSpaceGiveTheOriginalsIds() throws {
        try compare(Fixture.bytes("odd.json"), count: 100)
    }

    @Test func normalizersAndStepsInAnyOrderGiveTheOriginalsIdsOrAreRefused() throws {
        try compare(Fixture.bytes("composed.json"), count: 100)
    }

    @Test func generatedTokenizersGiveTheOriginalsIdsOrAreRefused() throws {
        let files = ProcessInfo.processInfo.environment["SLUICE_ODD_TOKENIZERS"] ?? ""
        for file in files.split(separator: ":").map(String.init) {
            try compare(FileContents.read(FilePath(file), limit: 1 << 30), count: 1)
        }
    }

    private func compare(_ file: [UInt8], count: Int) throws {
        let cases = try JSONDecoder().decode([Case].self, from: Data(file))
        #expect(cases.count >= count)
        for (number, one) in cases.enumerated() {
            let bytes = Array(one.tokenizer.utf8)
            if one.refused == true {
                #expect(throws: TokenizerError.self, "tokenizer \(number)") { try Tokenizer(bytes: bytes) }
                continue
            }
            let tokenizer = try Tokenizer(bytes: bytes)
            for (text, ids) in zip(one.texts, one.ids) {
                let own = try tokenizer.encode(text)
                #expect(own == ids, "tokenizer \(number), \(text.debugDescription)")
            }
        }
    }
}
