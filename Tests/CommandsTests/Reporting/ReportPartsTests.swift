import Testing

@testable import Commands

@Test func htmlIsEscaped() {
    #expect(HTML.escaped("a<b>&\"'\u{1B}\u{301}") == "a&lt;b&gt;&amp;&quot;&#39;\u{FFFD}\u{301}")
}

@Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
func base64IsThatOfTheStandard(text: String, expected: String) {
    #expect(HTML.base64(Array(text.utf8)) == expected)
}

@Test(arguments: [
    (0.0, "1970-01-01 00:00:00"), (951_782_400, "2000-02-29 00:00:00"),
    (1_795_729_509, "2026-11-26 21:45:09"),
    (-1, "1969-12-31 23:59:59"), (4_107_542_399, "2100-02-28 23:59:59"),
    (4_107_542_400, "2100-03-01 00:00:00"),
])
func momentsAreThoseOfTheCalendar(seconds: Double, expected: String) {
    #expect(Moments.utc(seconds) == expected)
}

@Test func layersFollowTheEdges() {
    let sources = [[], [0], [0], [1, 2], [], [3, 4]]
    let layout = GraphLayout(sources)
    for (node, nodes) in sources.enumerated() {
        for source in nodes { #expect(layout.places[source].x < layout.places[node].x) }
    }
    #expect(Set(layout.places).count == sources.count)
    // No two boxes overlap.
    for (index, place) in layout.places.enumerated() {
        for other in layout.places[..<index] where other.x == place.x {
            #expect(abs(other.y - place.y) >= GraphLayout.nodeHeight)
        }
    }
    #expect(GraphLayout([]).places.isEmpty)
    // Only a forged store has a cycle; it must not hang.
    _ = GraphLayout([[1], [0]])
}
