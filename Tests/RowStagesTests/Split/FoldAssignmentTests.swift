import Digests
import Testing

@testable import Randomness
@testable import RowStages

struct FoldAssignmentTests {
    /// Groups of 1 to `largest` rows with labels of given shares.
    private func groups(_ count: Int, largest: Int) -> [FoldAssignment.Group] {
        var random = SeededGenerator(seed: 5)
        return (0..<count).map { index in
            var labels = [0, 0, 0, 0]
            for _ in 0...random.integer(below: largest) {
                let draw = random.integer(below: 10)
                labels[draw < 5 ? 0 : draw < 8 ? 1 : 2] += 1
            }
            return FoldAssignment.Group(key: SHA256.digest(of: "\(index)"), labels: labels)
        }
    }

    @Test(arguments: [(1, 2), (1, 5), (20, 5), (200, 10)])
    func foldsAreOfOneSizeAndOneMixture(_ largest: Int, _ folds: Int) {
        let groups = groups(3000, largest: largest)
        let assigned = FoldAssignment.assign(groups, folds: folds, seed: 42)
        var labels = [[Int]](repeating: [0, 0, 0, 0], count: folds)
        for (group, fold) in zip(groups, assigned) {
            for kind in 0..<4 { labels[fold][kind] += group.labels[kind] }
        }
        for kind in 0..<3 {
            let counts = labels.map { $0[kind] }
            let mean = Double(counts.reduce(0, +)) / Double(folds)
            for count in counts { #expect(abs(Double(count) - mean) <= max(2, 0.02 * mean)) }
        }
    }

    @Test func orderOfGroupsDoesNotMatter() {
        let groups = groups(500, largest: 3)
        let assigned = FoldAssignment.assign(groups, folds: 5, seed: 1)
        let reversed = FoldAssignment.assign(groups.reversed(), folds: 5, seed: 1)
        #expect(Array(reversed.reversed()) == assigned)
    }

    @Test func theSeedMatters() {
        let groups = groups(500, largest: 3)
        #expect(
            FoldAssignment.assign(groups, folds: 5, seed: 1)
                != FoldAssignment.assign(groups, folds: 5, seed: 2))
    }

    @Test func fewerGroupsThanFoldsLeaveFoldsEmpty() {
        let assigned = FoldAssignment.assign(groups(3, largest: 1), folds: 10, seed: 1)
        #expect(Set(assigned).count == 3)
        #expect(FoldAssignment.assign([], folds: 3, seed: 1) == [])
    }
}
