import Files
import TestSupport
import Testing
import Texts

/// Any value inserted into a shell's text arrives unchanged, wherever it is inserted.
@Suite struct ShellScannerTests {
    /// Texts that print what is put in place of `@@`, and a byte 1.
    static let places = [
        "printf '%s' @@", "printf '%s' ''@@", "printf %s \"@@\"", "printf %s '@@'", "printf %s $'@@'",
        "printf %s \"${NONE:-@@}\"", "printf %s \"$(printf %s @@)\"", "printf %s \"$(printf %s \"@@\")\"",
        "printf %s \"$(printf %s '@@')\"", "x=@@; printf %s \"$x\"", "printf %s \"${NONE:-\"@@\"}\"",
        "case x in x) printf %s @@;; (y) false;; esac", "(printf %s @@)", "{ printf %s @@; }",
        "if true; then printf %s @@; fi", "f() { printf %s \"$1\"; }; f @@",
        "a=(1 @@ 2); printf %s \"${a[1]}\"",
        "printf %s \"$(case a in a) printf %s @@;; esac)\"", "x=$((1 + 2)); printf %s @@",
        "# it's a comment\nprintf %s @@", "echo a#b > /dev/null; printf %s @@", ": ${#x} $#; printf %s @@",
        "printf %s \"it's $(echo 'a b' > /dev/null)\"@@ | tail -c +6", "cat <<< @@ | head -c -1",
        ": \"\\\"\" '\\'; printf %s @@", "x=\"a\\\\\"; printf %s @@", "((3 > 2)) && printf %s @@",
        "printf %s @@ 2>&1 # don't", "cat <<'E' > /dev/null\nit's\nE\nprintf %s @@",
        "cat <<E | head -c -1\n@@\nE\n", "cat <<'E' | head -c -1\n@@\nE\n",
        "cat <<-E | head -c -1\n\t@@\n\tE\n",
        "cat <<A > /dev/null; cat <<\\B | head -c -1\nit's $HOME\nA\n@@\nB\n",
        "printf %s \"$(cat <<E\n@@\nE\n)\"",
    ]

    static let values = [
        "plain", "", "two words", "it's", "\"", "$HOME", "`id`", "$(id)", "a\\b", "\\\\", "\\'", "*", "~",
        "!x", "}", "{a,b}",
        "a'\u{301}; echo injected; #", "é", "a}b'c\"d", "#x", "-", "$", "a\tb", "a;b&c|d<e>f", "${x}", "EE",
    ]

    private func put(_ value: String, into place: String) throws -> String? {
        let parts = place.split(separator: "@@", omittingEmptySubsequences: false).map(String.init)
        try #require(parts.count == 2)
        var scanner = ShellScanner()
        scanner.scan(parts[0])
        guard let context = scanner.context, let quoted = context.quoted(value) else { return nil }
        return parts[0] + quoted + parts[1]
    }

    @Test func textsPassThroughAShellUnchanged() throws {
        var script = "set -u; x=1\n"
        var expected: [(String, String)] = []
        for place in Self.places {
            for value in Self.values {
                guard let text = try put(value, into: place) else {
                    #expect(place.contains("NONE") && value.shellQuoted != value, "\(value) into \(place)")
                    continue
                }
                script += "(\n" + text + "\n)\nprintf '\\1'\n"
                expected.append((place, value))
            }
        }
        try withTemporaryFolder { folder in
            try write(script, to: folder.appending("script"))
            let outcome = try BuiltProgram(at: "/bin/bash").run(["script"], in: folder)
            let output = outcome.output.utf8.split(separator: 1, omittingEmptySubsequences: false).dropLast()
            #expect(outcome.status == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
            try #require(output.count == expected.count)
            for ((place, value), read) in zip(expected, output) {
                let got = String(decoding: read, as: UTF8.self)
                #expect(
                    got.utf8.elementsEqual(value.utf8),
                    "\(place): \(value.debugDescription), \(got.debugDescription)")
            }
        }
    }

    @Test func contentThatCannotBeStoredIsRefused() throws {
        #expect(try put("x", into: "echo \\@@") == nil)
        #expect(try put("it's", into: "echo `echo @@`") == nil)
        #expect(try put("plain", into: "echo `echo @@`") == "echo `echo plain`")
        #expect(try put("a\nE\nb", into: "cat <<E\n@@\nE\n") == nil)
        #expect(try put("a\nb", into: "# @@") == "# a b")
        // The escape is over.
        #expect(try put("x y", into: "echo \\\\@@") == "echo \\\\'x y'")
    }

    @Test func aNewlineArrivesToo() throws {
        for place in ["printf %s @@", "printf %s \"@@\"", "printf %s '@@'", "cat <<E\n@@\nE\n"] {
            let text = try #require(try put("a\nb", into: place))
            try withTemporaryFolder { folder in
                let outcome = try BuiltProgram(at: "/bin/bash").run(["-c", text], in: folder)
                #expect(outcome.output == "a\nb" || outcome.output == "a\nb\n")
            }
        }
    }
}
