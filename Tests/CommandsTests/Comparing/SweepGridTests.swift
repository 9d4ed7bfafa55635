import Testing

@testable import Commands

@Test func aGridHasAllCombinations() throws {
    let grid = try SweepGrid(["rate=1e-4,3e-4", "name=a,'b,c'"])
    #expect(grid.points.count == 4)
    #expect(
        grid.points.map(\.assignments.last) == ["name=\"a\"", "name=\"b,c\"", "name=\"a\"", "name=\"b,c\""])
    #expect(try SweepGrid(["p.q=[1, 2],[3]"]).points.map(\.label) == ["p.q=[1,2]", "p.q=[3]"])
}

@Test(arguments: [["rate"], ["=1"], ["rate="], ["rate=1,1"], ["rate=1", "rate=2"], ["rate=[1"]])
func otherAxesAreRefused(axes: [String]) {
    #expect(throws: CommandFailure.self) { try SweepGrid(axes) }
}

@Test func aGridIsBounded() {
    let values = (0..<200).map(String.init).joined(separator: ",")
    #expect(throws: CommandFailure.self) { try SweepGrid(["a=\(values)", "b=\(values)"]) }
}
