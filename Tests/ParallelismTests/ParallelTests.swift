import Testing

@testable import Parallelism

struct ParallelTests {
    private struct Odd: Error, Equatable { var index: Int }

    @Test(arguments: [1, 2, 8])
    func resultsComeInOrder(_ threads: Int) throws {
        #expect(try Parallel.map(count: 1000, threads: threads) { $0 * $0 } == (0..<1000).map { $0 * $0 })
        #expect(try Parallel.map(count: 0, threads: threads) { $0 } == [])
    }

    @Test(arguments: [1, 2, 8])
    func theFirstErrorIsThrown(_ threads: Int) {
        let error = #expect(throws: Odd.self) {
            try Parallel.map(count: 100, threads: threads) { index in
                if index >= 10 { throw Odd(index: index) }
                return index
            }
        }
        #expect(error == Odd(index: 10))
    }

    @Test(arguments: [0, 1, 2, 100])
    func valuesAreUsedInOrder(_ count: Int) throws {
        var used: [Int] = []
        try Parallel.overlap(count: count) {
            $0 * $0
        } use: { index, value in
            #expect(value == index * index)
            used.append(index)
        }
        #expect(used == Array(0..<count))
    }

    /// Neither the maker's error nor the user's is lost, and nothing is used after it.
    @Test(arguments: [true, false])
    func theFirstErrorEndsAnOverlap(_ isMaker: Bool) {
        var used: [Int] = []
        let error = #expect(throws: Odd.self) {
            try Parallel.overlap(count: 100) { index in
                if isMaker, index == 10 { throw Odd(index: index) }
                return index
            } use: { index, _ in
                if !isMaker, index == 10 { throw Odd(index: index) }
                used.append(index)
            }
        }
        #expect(error == Odd(index: 10))
        #expect(used == Array(0..<10))
    }
}
