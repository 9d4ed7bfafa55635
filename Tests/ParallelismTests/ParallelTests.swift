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
}
