import Testing

@testable import BoostedModels

/// Runs of characters against scikit-learn: `References/character_terms.py`.
struct CharacterTermsTests {
    private static let texts = [
        "Abc abc none", "abc xyz déjà", "ab ab ab", "the cat the hat", "語語 abc", "a b c", "None None",
        "bcd abcd",
    ].map { Array($0.unicodeScalars) }

    /// Name, rarity, and the weight in each text.
    private static let expected: [(name: String, rarity: Double, weights: [Double])] = [
        (" a", 1.587786665, [0.217577942, 0, 0.516608007, 0, 0.5, 0, 0, 0.412858572]),
        (" ab", 1.587786665, [0.217577942, 0, 0.516608007, 0, 0.5, 0, 0, 0.412858572]),
        (" c", 2.098612289, [0, 0, 0, 0.508542320, 0, 0.707106781, 0, 0]),
        ("abc", 1.587786665, [0.217577942, 0.426638199, 0, 0, 0.5, 0, 0, 0.412858572]),
        ("b ", 2.098612289, [0, 0, 0.682812078, 0, 0, 0.707106781, 0, 0]),
        ("bc", 1.587786665, [0.368391479, 0.426638199, 0, 0, 0.5, 0, 0, 0.699030327]),
        ("bc ", 2.098612289, [0.486911058, 0.563897019, 0, 0, 0, 0, 0, 0]),
        ("c ", 2.098612289, [0.486911058, 0.563897019, 0, 0, 0, 0, 0, 0]),
        ("e ", 2.098612289, [0, 0, 0, 0.861036996, 0, 0, 0.322744542, 0]),
        ("ne", 2.098612289, [0.287577514, 0, 0, 0, 0, 0, 0.546454012, 0]),
        ("on", 2.098612289, [0.287577514, 0, 0, 0, 0, 0, 0.546454012, 0]),
        ("one", 2.098612289, [0.287577514, 0, 0, 0, 0, 0, 0.546454012, 0]),
    ]

    private func fitted(count: Int, threads: Int = 1) throws -> CharacterTerms {
        let options = CharacterTerms.Options(count: count, minimumShare: 0.25, maximumShare: 0.6)
        return try CharacterTerms(
            fitting: Self.texts.count, options: options, threads: threads
        ) { [Self.texts[$0]] }
    }

    @Test func weightsAreThoseOfTheReference() throws {
        let terms = try fitted(count: 1000)
        #expect(terms.names.sorted() == Self.expected.map(\.name).sorted())
        let places = Dictionary(uniqueKeysWithValues: terms.names.enumerated().map { ($1, $0) })
        for (name, rarity, weights) in Self.expected {
            let place = try #require(places[name])
            #expect(abs(terms.rarity[place] - rarity) < 1e-8)
            for (text, weight) in zip(Self.texts, weights) {
                #expect(abs(terms.weights([text])[place] - weight) < 1e-8)
            }
        }
    }

    @Test func theMostFrequentAreKept() throws {
        // " a" and " ab" occur five times, "bc" six.
        #expect(try fitted(count: 1).names == ["bc"])
        #expect(try fitted(count: 0).names.isEmpty)
        #expect(try fitted(count: 5, threads: 3) == fitted(count: 5))
    }

    @Test func runsStayWithinTheirText() throws {
        let terms = try fitted(count: 1000)
        func weights(_ texts: String...) -> [Double] { terms.weights(texts.map { Array($0.unicodeScalars) }) }
        // " a" and "c " do not occur in a single text, and neither does "bc " between two.
        let apart = weights("abc", "none", "abc")
        #expect(apart == weights("none", "abc", "abc") && apart != weights("abc none abc"))
        for name in [" a", "c ", "bc "] {
            let place = try #require(terms.names.firstIndex(of: name))
            #expect(apart[place] == 0)
        }
    }
}
