import Testing

@testable import Commands

@Test func aDiffIsUnified() {
    let old = (1...20).map(String.init)
    var new = old
    new[9] = "ten"
    new.insert("new", at: 0)
    let comparison = TextComparison(
        Array((old.joined(separator: "\n") + "\n").utf8), Array((new.joined(separator: "\n") + "\n").utf8))
    #expect(
        comparison.unified == [
            "@@ -1,3 +1,4 @@", "+new", " 1", " 2", " 3",
            "@@ -7,7 +8,7 @@", " 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13",
        ])
}

/// Applying the hunks of a diff to the old text gives the new one.
@Test(arguments: 0..<60) func aDiffLeadsFromOneTextToTheOther(seed: Int) {
    var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1
    func random(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
    let old = (0..<random(40)).map { _ in "line \(random(6))" }
    var new = old
    for _ in 0..<random(8) {
        if new.isEmpty || random(2) == 0 {
            new.insert("line \(random(6))", at: random(new.count + 1))
        } else {
            new.remove(at: random(new.count))
        }
    }
    func bytes(_ lines: [String]) -> [UInt8] { Array(lines.map { $0 + "\n" }.joined().utf8) }
    var rest = old[...]
    var result: [String] = []
    var position = 1
    for line in TextComparison(bytes(old), bytes(new)).unified {
        if line.hasPrefix("@@") {
            let start = Int(line.dropFirst(4).prefix { $0 != "," }) ?? 0
            result += rest.prefix(start - position)
            rest = rest.dropFirst(start - position)
            position = start
        } else {
            if !line.hasPrefix("+") {
                #expect(rest.first == String(line.dropFirst()))
                rest = rest.dropFirst()
                position += 1
            }
            if !line.hasPrefix("-") { result.append(String(line.dropFirst())) }
        }
    }
    #expect(result + rest == new)
}
