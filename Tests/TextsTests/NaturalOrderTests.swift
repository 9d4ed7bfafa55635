import Testing
import Texts

@Test func numbersAreInTheOrderOfTheirValues() {
    let sorted = ["", "a", "a[2]", "a[10,b=3]", "a[10,b=20]", "a[10]", "a[11]", "b", "b1", "b1x", "b2", "é"]
    for (index, left) in sorted.enumerated() {
        for (other, right) in sorted.enumerated() {
            #expect(left.precedesNaturally(right) == (index < other), "\(left) \(right)")
        }
    }
    #expect("x99999999999999999999998".precedesNaturally("x99999999999999999999999"))
    // A strict order: equal numbers that are written in two ways are still two texts.
    #expect("b01".precedesNaturally("b1") != "b1".precedesNaturally("b01"))
}
