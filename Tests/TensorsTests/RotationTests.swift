import Foundation
import Tensors
import Testing

@Suite struct RotationTests {
    private let frequencies: [Float] = [1, 0.1, 0.01]

    @Test func rotatesPairsByTheAngleOfTheirPositionAndBack() throws {
        let x = Matrix.random(40, 6 * 3, seed: 1)
        let rows = (0..<40).map { $0 * 3 % 50 }
        let angles = RotaryAngles(frequencies: frequencies, positions: 50)
        var expected = NaiveMatrix(x)
        let exact = NaiveMatrix(x)
        for row in 0..<40 {
            // Two of the three heads.
            for head in [6, 12] {
                for pair in 0..<3 {
                    let angle = Double(rows[row]) * Double(frequencies[pair])
                    let (a, b) = (exact[row, head + pair], exact[row, head + 3 + pair])
                    expected[row, head + pair] = a * Foundation.cos(angle) - b * Foundation.sin(angle)
                    expected[row, head + 3 + pair] = b * Foundation.cos(angle) + a * Foundation.sin(angle)
                }
            }
        }
        let y = x.copy()
        let operations = try ProcessorOperations(threads: 2)
        operations.rotate(y, columns: 6..<18, rows: rows, angles: angles, back: false)
        #expect(difference(y, expected) < 1e-5)
        operations.rotate(y, columns: 6..<18, rows: rows, angles: angles, back: true)
        #expect(difference(y, exact) < 1e-6)
    }
}
