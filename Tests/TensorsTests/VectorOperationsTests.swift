import Tensors
import Testing

struct VectorOperationsTests {
    @Test(arguments: [0, 1, 17, 1000])
    func operationsMatchTheirDefinitions(_ count: Int) throws {
        let vectors = try VectorOperations()
        let x = (0..<count).map { Double($0 % 11) - 4.5 }
        var y = (0..<count).map { Double($0 % 7) + 0.25 }
        #expect(abs(vectors.dot(x, y) - zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }) < 1e-9)
        let expected = zip(x, y).map { $0 * 2.5 + $1 }
        vectors.add(2.5, x, to: &y)
        #expect(y == expected)
        vectors.scale(&y, by: -0.5)
        #expect(y == expected.map { $0 * -0.5 })
    }
}
