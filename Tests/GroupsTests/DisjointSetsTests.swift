import Testing

@testable import Groups
@testable import Randomness

struct DisjointSetsTests {
    @Test func setsAreNamedByTheirLeastMember() {
        var sets = DisjointSets(count: 6)
        let joined = [(5, 3), (3, 1), (1, 5), (4, 2)].map { sets.join($0.0, $0.1) }
        #expect(joined == [true, true, false, true])
        let least = sets.find(5)
        #expect(least == 1)
        #expect(sets.names() == [0, 1, 2, 1, 2, 1])
    }

    @Test func theOrderOfJoiningDoesNotMatter() {
        var random = SeededGenerator(seed: 3)
        var pairs = (0..<300).map { _ in (random.integer(below: 400), random.integer(below: 400)) }
        var names: [[Int]] = []
        for _ in 0..<3 {
            var sets = DisjointSets(count: 400)
            for (first, second) in pairs { sets.join(first, second) }
            names.append(sets.names())
            random.shuffle(&pairs)
        }
        #expect(names[0] == names[1] && names[1] == names[2])
        // Against plain relabeling.
        var labels = Array(0..<400)
        for (first, second) in pairs {
            let (keep, drop) = (min(labels[first], labels[second]), max(labels[first], labels[second]))
            labels = labels.map { $0 == drop ? keep : $0 }
        }
        #expect(labels == names[0])
    }
}
