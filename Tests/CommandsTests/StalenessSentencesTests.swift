import Dataflow
import Digests
import StageSchemas
import Testing

@testable import Commands

private let old = SHA256.digest(of: "old")
private let new = SHA256.digest(of: "new")

@Test func everyReasonIsASentenceWithBothValues() {
    let cases: [(Staleness, phrase: String, sentence: String)] = [
        (.neverRan, "never ran", "No earlier result of this stage is known."),
        (
            .parametersChanged(name: "folds", from: 5, to: 3), "parameter folds: 5 → 3",
            "The parameter 'folds' was 5 and is now 3."
        ),
        (
            .parametersChanged(name: "by", from: nil, to: "prompt"), "parameter by: absent → \"prompt\"",
            "The parameter 'by' is new: \"prompt\"."
        ),
        (
            .parametersChanged(name: "by", from: "prompt", to: nil), "parameter by: \"prompt\" → absent",
            "The parameter 'by', which was \"prompt\", was removed."
        ),
        (
            .inputChanged(name: "rows", from: old, to: new), "input rows changed",
            "The content of the input 'rows' has changed: it was \(old.abbreviated) and is now \(new.abbreviated)."
        ),
        (
            .inputChanged(name: "rows", from: nil, to: new), "input rows changed",
            "The input 'rows' is new: \(new.abbreviated)."
        ),
        (.codeChanged, "code changed", "Its code has changed."),
        (
            .commandChanged(from: "sort", to: "sort -r"), "command changed",
            "Its command has changed.\n  was: sort\n  now: sort -r"
        ),
        (
            .commandChanged(
                from: "one\ntwo\n3\n4\n5\n6\n7\n8\n9\n10\n", to: "one\n2\n3\n4\n5\n6\n7\n8\n9\nten\n"),
            "command changed",
            "Its command has changed:\n     one\n    -two\n    +2\n     3\n     4\n     5\n    …\n     7\n     8\n     9\n    -10\n    +ten"
        ),
        (
            .environmentChanged(name: "LANG", from: nil, to: "C"), "environment LANG: unset → 'C'",
            "The environment variable LANG was unset and is now 'C'."
        ),
        (.kindChanged(from: "a", to: "b"), "kind: a → b", "Its kind was 'a' and is now 'b'."),
        (.forced, "forced", "It is forced with --force."),
        (.always, "always: true", "It runs in every run, because of always: true."),
        (
            .executabilityChanged(name: "tool", isExecutable: true), "input tool is now executable",
            "The file of the input 'tool' is now executable."
        ),
        (.outputMissing(name: "x"), "output x is missing", "Its output 'x' is missing from the store."),
    ]
    for (reason, phrase, sentence) in cases {
        #expect(reason.phrase == phrase)
        #expect(reason.sentences == sentence)
    }
}

@Test func oldAndNewCommandsAreShown() {
    let reason = Staleness.commandChanged(from: "wc -l\n", to: "wc -c")
    #expect(reason.sentences == "Its command has changed.\n  was: wc -l\\n\n  now: wc -c")
}
