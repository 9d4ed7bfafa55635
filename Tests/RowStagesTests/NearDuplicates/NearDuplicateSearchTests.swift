import Testing

@testable import Comparisons
@testable import Groups
@testable import RowStages

struct NearDuplicateSearchTests {
    private func search(
        _ rows: [Comparison], _ unit: Shingles.Unit = .characters, _ length: Int = 5,
        threshold: Double = 0.8, threads: Int = 1, part: ComparedTexts.Part = .prompt
    ) throws -> NearDuplicateSearch {
        let table = try ComparisonTable(ComparisonBuilder.table(of: rows))
        let banding = try #require(Banding(threshold: threshold, recall: 0.99, places: 128))
        return try NearDuplicateSearch(
            ComparedTexts(table: table, part: part), Shingles(unit: unit, length: length), banding,
            threshold: threshold, threads: threads)
    }

    private func rows(_ texts: [String?]) -> [Comparison] {
        texts.enumerated().map { index, text in
            Comparison(
                id: "\(index)", source: "made", prompt: [text], responseA: ["a"], responseB: ["b"])
        }
    }

    @Test(arguments: NearCopies.Script.allCases, [Shingles.Unit.characters, .words])
    func findsNearlyAllPairsThatBruteForceFinds(_ script: NearCopies.Script, _ unit: Shingles.Unit) throws {
        let length = unit == .words ? 2 : script == .han || script == .emoji ? 2 : 5
        let copies = NearCopies(script, families: 30, copies: 4, words: 24, seed: 11)
        let truth = copies.pairs(unit, length, threshold: 0.8)
        #expect(truth.count > 30)
        let found = try search(copies.comparisons, unit, length)
        let joined = truth.filter { found.groups[$0.first] == found.groups[$0.second] }
        #expect(Double(joined.count) >= 0.98 * Double(truth.count))
        // Joined rows are similar, to the reported degree.
        let similarities = Dictionary(uniqueKeysWithValues: truth.map { ([$0.first, $0.second], $0.2) })
        for link in found.links {
            let similarity = try #require(similarities[[link.first, link.second]])
            #expect(abs(similarity - link.similarity) < 1e-9)
        }
    }

    @Test func groupsAreWhatTheLinksJoin() throws {
        let copies = NearCopies(.latin, families: 80, copies: 3, words: 12, seed: 5)
        let found = try search(copies.comparisons)
        var sets = DisjointSets(count: copies.texts.count)
        for link in found.links { sets.join(link.first, link.second) }
        #expect(sets.names() == found.groups)
    }

    @Test(arguments: [2, 3, 8]) func threadsChangeNothing(_ threads: Int) throws {
        let copies = NearCopies(.cyrillic, families: 100, copies: 5, words: 10, seed: 7).comparisons
        let (one, several) = (try search(copies), try search(copies, threads: threads))
        #expect(
            one.groups == several.groups && one.links == several.links && one.compared == several.compared)
    }

    @Test func caseAndSpacesDoNotCount() throws {
        let found = try search(rows(["Hello  there, World", "hello there,\n world ", "ÄRGER", "ärger", "x"]))
        #expect(found.groups == [0, 0, 2, 2, 4])
        #expect(found.copies == 2 && found.compared == 0)
    }

    @Test func rowsWithoutTextAreSimilarToNone() throws {
        let found = try search(rows([nil, nil, "", " \n", "?", "?"]))
        #expect(found.groups == [0, 1, 2, 3, 4, 4])
        #expect(found.empty == 4)
    }

    @Test func sidesAndTurnsMayChangePlaces() throws {
        let text = NearCopies(.latin, families: 4, copies: 0, words: 30, seed: 2).texts
        let row = Comparison(
            id: "1", source: "made", prompt: [text[0], "go on"], responseA: [text[1], nil],
            responseB: [text[2], text[3]])
        var swapped = row
        swapped.responseA = row.responseB.reversed()
        swapped.responseB = row.responseA.reversed()
        swapped.prompt = row.prompt.reversed()
        #expect(try search([row, swapped], part: .conversation).groups == [0, 0])
        #expect(try search([row, swapped], part: .responses).groups == [0, 0])
        var other = row
        other.responseA = [text[3], nil]
        other.responseB = [text[3], nil]
        #expect(try search([row, other], part: .conversation).groups == [0, 1])
        #expect(try search([row, other], part: .prompt).groups == [0, 0])
    }

    @Test func identicalRowsAreNotComparedPairByPair() throws {
        let found = try search(rows([String?](repeating: "the same question again", count: 2_000)))
        #expect(found.groups.allSatisfy { $0 == 0 })
        #expect(found.compared == 0)
    }

    @Test func workIsLinearIfAllRowsAreAlike() throws {
        let text = NearCopies(.latin, families: 1, copies: 0, words: 60, seed: 2).texts[0]
        let found = try search(rows((0..<800).map { text + " number \($0)" }))
        #expect(found.groups.allSatisfy { $0 == 0 })
        #expect(found.compared < 10 * 800)
    }

    @Test func workIsLinearIfRowsShareMuchWithoutBeingSimilar() throws {
        // Alike by about 0.7: in many buckets together, and never joined.
        let texts = NearCopies(.latin, families: 161, copies: 0, words: 16, seed: 2).texts
        let frame = (0..<4).map { texts[$0] }.joined(separator: " ")
        let found = try search(rows((0..<800).map { frame + " " + texts[1 + $0 % 160] + " \($0 * 7919)" }))
        #expect(found.compared < 800 * (16 + 1) * CandidateBuckets.smallBucket)
        #expect(found.links.allSatisfy { $0.similarity >= 0.8 })
    }
}
