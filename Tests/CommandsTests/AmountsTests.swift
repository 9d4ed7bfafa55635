import Testing

@testable import Commands

@Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1500, "1.5 kB"), (9949, "9.9 kB"), (9960, "10 kB"),
    (999_499, "999 kB"), (999_600, "1.0 MB"), (123_456_789, "123 MB"), (5_000_000_000_000, "5.0 TB"),
])
func bytesHaveTwoOrThreeDigits(count: Int, text: String) {
    #expect(Amounts.bytes(count) == text)
}

@Test(arguments: [
    (0.0, "0.00 s"), (0.0349, "0.03 s"), (0.994, "0.99 s"), (0.996, "1.0 s"), (4.24, "4.2 s"),
    (59.94, "59.9 s"),
    (59.96, "1 min 0 s"), (3599.4, "59 min 59 s"), (3725, "1 h 2 min"), (90_000, "1 d 1 h"), (-3, "0.00 s"),
])
func durationsAreWords(seconds: Double, text: String) {
    #expect(Amounts.seconds(seconds) == text)
}

@Test func countsAreGroupedAndAgree() {
    #expect(Amounts.count(1, "stage") == "1 stage")
    #expect(Amounts.count(57_477, "row") == "57,477 rows")
    #expect(Amounts.count(2, "entry", plural: "entries") == "2 entries")
    #expect(Amounts.grouped(-1_234_567) == "-1,234,567")
}

@Test(arguments: [
    (1.005, 1, "1.0"), (0.05, 1, "0.1"), (-0.04, 1, "0.0"), (-2.55, 1, "-2.6"), (12.0, 0, "12"),
    (0.001, 2, "0.00"),
])
func fixedDecimals(value: Double, decimals: Int, text: String) {
    #expect(Amounts.fixed(value, decimals) == text)
}

@Test func momentsAgo() {
    #expect(Amounts.ago(100, now: 130) == "just now")
    #expect(Amounts.ago(0, now: 300) == "5 min ago")
    #expect(Amounts.ago(0, now: 7300) == "2 h ago")
    #expect(Amounts.ago(0, now: 864_000) == "10 d ago")
}

@Test func typedAmountsAreRead() {
    #expect(AmountParsing.bytes("10GB") == 10_000_000_000)
    #expect(AmountParsing.bytes("1.5GiB") == 1_610_612_736)
    #expect(AmountParsing.bytes("500") == 500)
    #expect(AmountParsing.seconds("30d") == 2_592_000)
    #expect(AmountParsing.seconds("12 h") == 43_200)
    for text in ["", "GB", "10XB", "-5MB", "1e400GB", "10 MB extra", "99999999999TB"] {
        #expect(AmountParsing.bytes(text) == nil)
    }
    for text in ["", "d", "5", "5x"] { #expect(AmountParsing.seconds(text) == nil) }
}
