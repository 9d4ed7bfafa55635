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

    /// The share of the groups in both lists whose fold differs.
    private func moved(
        _ before: [Digest: Int], _ after: [FoldAssignment.Group], folds: Int
    ) -> Double {
        let second = zip(after, FoldAssignment.assign(after, folds: folds, seed: 42))
        let kept = second.compactMap { group, fold in before[group.key].map { $0 == fold } }
        return Double(kept.count { !$0 }) / Double(kept.count)
    }

    @Test func groupsKeepTheirFoldsAsOthersComeAndGo() {
        for (largest, folds) in [(1, 5), (1, 10), (4, 5), (20, 5)] {
            let all = groups(3_030, largest: largest)
            let some = Array(all.prefix(3_000))
            let before = Dictionary(
                uniqueKeysWithValues: zip(
                    some.map(\.key), FoldAssignment.assign(some, folds: folds, seed: 42)))
            #expect(moved(before, Array(all.prefix(3_001)), folds: folds) < 0.02)
            #expect(moved(before, all, folds: folds) < 0.05)
            #expect(moved(before, Array(some.dropFirst(30)), folds: folds) < 0.05)
        }
    }

    @Test func aHeldOutPartKeepsItsRowsToo() {
        let all = groups(3_030, largest: 2)
        let some = Array(all.prefix(3_000))
        let before = FoldAssignment.assign(some, shares: [0.1, 0.9], seed: 1)
        let after = FoldAssignment.assign(all, shares: [0.1, 0.9], seed: 1)
        #expect(zip(before, after).count { $0 != $1 } < 60)
        let held = zip(some, before).reduce(0) { $0 + ($1.1 == 0 ? $1.0.size : 0) }
        let rows = some.reduce(0) { $0 + $1.size }
        #expect(abs(Double(held) - 0.1 * Double(rows)) <= 1)
    }

    @Test func noMoveOfOneGroupMakesFoldsMoreEven() {
        let groups = groups(400, largest: 30)
        let folds = FoldAssignment.assign(groups, folds: 6, seed: 3)
        let balance = FoldBalance(groups, folds, shares: [Double](repeating: 1, count: 6))
        for (index, fold) in folds.enumerated() {
            let gains = (0..<6).filter { $0 != fold }.map { balance.gain(index, from: fold, to: $0) }
            #expect(gains.allSatisfy { $0 <= FoldBalance.leastGain })
        }
    }

    @Test func rowsByThemselvesEndInFoldsThatDifferByOne() {
        let groups = groups(1_003, largest: 1)
        let folds = FoldAssignment.assign(groups, folds: 7, seed: 9)
        for kind in 0..<4 {
            let counts = (0..<7).map { fold in
                zip(groups, folds).count { $0.labels[kind] > 0 && $1 == fold }
            }
            #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
        }
    }
}
