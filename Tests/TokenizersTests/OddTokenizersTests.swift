import Files
import FoundationEssentials
import Testing

@testable import Tokenizers

/// Tokenizers of unusual parts against `tokenizers`; `References/odd_tokenizers.py` drew them.
///
/// If `SLUICE_ODD_TOKENIZERS` names files that it or `References/composed_tokenizers.py` has written, separated by colons, those in
/// them are tested, too.
@Suite struct OddTokenizersTests {
    private struct Case: Decodable {
        let tokenizer: String
        let texts: [String]
        let ids: [[Int32]]
    }

    @Test func gapsSpelledUnknownTokensAndSwallowedWhiteSpaceGiveTheOriginalsIds() throws {
        var cases = try JSONDecoder().decode([Case].self, from: Data(Fixture.bytes("odd.json")))
        let others = ProcessInfo.processInfo.environment["SLUICE_ODD_TOKENIZERS"] ?? ""
        for file in others.split(separator: ":").map(String.init) {
            let more = try FileContents.read(FilePath(file), limit: 1 << 30)
            cases += try JSONDecoder().decode([Case].self, from: Data(more))
        }
        #expect(cases.count >= 100)
        for (number, one) in cases.enumerated() {
            let tokenizer = try Tokenizer(bytes: Array(one.tokenizer.utf8))
            for (text, ids) in zip(one.texts, one.ids) {
                let own = try tokenizer.encode(text)
                #expect(own == ids, "tokenizer \(number), \(text.debugDescription)")
            }
        }
    }
}
