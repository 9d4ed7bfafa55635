import Testing

@testable import ParallelPipelines

struct ParallelPipelineTests {
    private struct Odd: Error, Equatable { var index: Int }

    @Test(arguments: [1, 2, 3, 8])
    func aPipelineKeepsTheOrder(_ threads: Int) throws {
        for count in [0, 1, 2, 100] {
            var (read, taken): (Int, [Int]) = (0, [])
            try ParallelPipeline.run(
                threads: threads,
                next: {
                    // No more than two windows are under way.
                    #expect(read - taken.count < 2 * threads)
                    defer { read += 1 }
                    return read < count ? read : nil
                }, convert: { $0 * $0 }, take: { taken.append($0) })
            #expect(taken == (0..<count).map { $0 * $0 })
        }
    }

    @Test(arguments: [1, 2, 8], ["next", "convert", "take"])
    func piecesBeforeAnErrorAreDelivered(_ threads: Int, _ place: String) {
        var (read, taken): (Int, [Int]) = (0, [])
        let error = #expect(throws: Odd.self) {
            try ParallelPipeline.run(
                threads: threads,
                next: { () throws -> Int? in
                    defer { read += 1 }
                    if place == "next" && read == 20 { throw Odd(index: read) }
                    return read
                },
                convert: { index throws -> Int in
                    if place == "convert" && index == 20 { throw Odd(index: index) }
                    return index
                },
                take: { index in
                    if place == "take" && index == 20 { throw Odd(index: index) }
                    taken.append(index)
                })
        }
        #expect(error == Odd(index: 20))
        #expect(taken == Array(0..<20))
    }
}
