import Testing

@testable import Commands

@Test(arguments: [
    ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("ｶﾅ", 2), ("한글", 4), ("🙂", 2), ("❤️", 2),
    ("👨‍👩‍👧", 2), ("שלום", 4), ("…", 1), ("→", 1), ("a\u{200B}b", 2),
])
func widthsAreThoseOfATerminal(text: String, width: Int) {
    #expect(DisplayWidth.of(text) == width)
}

@Test(arguments: [
    ("plain", "plain"), ("a\nb\tc\r", "a\\nb\\tc\\r"), ("\u{1B}[31mred", "\\u{1b}[31mred"),
    ("right\u{202E}to left", "right\\u{202e}to left"), ("\u{9B}2J", "\\u{9b}2J"), ("żółw", "żółw"),
])
func nothingReachesTheTerminalThatMovesIt(text: String, escaped: String) {
    #expect(text.escapedForDisplay == escaped)
}

@Test(arguments: [
    ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("漢字漢字", 5, "漢字…"), ("漢字漢字", 4, "漢…"),
    ("漢字", 4, "漢字"), ("abc", 0, ""), ("abc", 1, "…"),
])
func cutsCountColumns(text: String, width: Int, cut: String) {
    #expect(text.truncated(toWidth: width) == cut)
    #expect(DisplayWidth.of(cut) <= width)
}

@Test func aHugeTextIsCutAtOnce() {
    let text = String(repeating: "x", count: 10_000_000)
    #expect(text.truncated(toWidth: 10) == "xxxxxxxxx…")
}

@Test func paddingCountsColumns() {
    #expect("漢".padded(toWidth: 4) == "漢  ")
    #expect("漢".padded(toWidth: 4, alignsRight: true) == "  漢")
    #expect("long".padded(toWidth: 2) == "long")
}
