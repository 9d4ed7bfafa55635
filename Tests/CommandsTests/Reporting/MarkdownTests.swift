import Testing

@testable import Commands

private func html(_ markdown: String) -> String {
    let whole = MarkdownHTML.html(markdown) { $0 == "pictures/a.svg" ? "data:x" : nil }
    return String(whole.dropFirst("<div class=markdown>".count).dropLast("</div>\n".count))
}

@Test(arguments: [
    ("# One\n\n## Two", "<h4>One</h4>\n<h5>Two</h5>\n"), ("a\nb\n\nc", "<p>a b</p>\n<p>c</p>\n"),
    ("**Log *loss* 0.8** and `x < y`", "<p><b>Log <i>loss</i> 0.8</b> and <code>x &lt; y</code></p>\n"),
    ("- one\n- two\n1. three", "<ul><li>one</li><li>two</li><li>three</li></ul>\n"),
    ("```sh\na <b>\n```\nc", "<pre tabindex=0>a &lt;b&gt;</pre>\n<p>c</p>\n"),
    (
        "![A picture](pictures/a.svg) ![gone](b.svg)",
        "<p><img class=picture alt=\"A picture\" src=\"data:x\"> <span class=dim>gone</span></p>\n"
    ),
    ("[text](https://example.org)", "<p>text</p>\n"),
    ("2 * 3 * 4 \\*5\\* &lt;b&gt;", "<p>2 * 3 * 4 *5* &lt;b&gt;</p>\n"),
    ("", ""), ("```", "<pre tabindex=0></pre>\n"), ("#no heading", "<p>#no heading</p>\n"),
])
func markdownIsShownAsItIsMeant(markdown: String, expected: String) { #expect(html(markdown) == expected) }

@Test func tablesOfMarkdownAreTables() {
    let table = html("| a | b |\n|---|---:|\n| 1 | x \\| y |\n| 2 |\nafter")
    #expect(table.contains("<th>a</th><th class=r>b</th>"))
    #expect(table.contains("<td>1</td><td class=r>x | y</td>"))
    #expect(table.contains("<td>2</td><td class=r></td>") && table.hasSuffix("<p>after</p>\n"))
}

@Test func markdownBringsNoMarkup() {
    for text in [
        "<script>alert(1)</script>", "[x](javascript:alert(1))", "![\" onerror=alert(1)](pictures/a.svg)",
        "`<b>`", "# <i>",
        "| <b> |\n|---|\n| <b> |", "```<script>\n<script>\n```", "- <script>", "\\<script>", "**<script>**",
    ] {
        let shown = html(text)
        for tag in ["<script", "<b>a", "javascript:", "\" onerror"] {
            #expect(!shown.contains(tag), "\(text): \(shown)")
        }
    }
    // Marks without a partner take no time.
    #expect(html(String(repeating: "*a ", count: 100_000)).utf8.count > 300_000)
    #expect(html(String(repeating: "[", count: 8000)).utf8.count > 8000)
}
