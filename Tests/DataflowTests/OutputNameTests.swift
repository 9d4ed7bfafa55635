import Testing

@testable import Dataflow

@Suite struct OutputNameTests {
    @Test(
        arguments: [
            ("train", nil, "train", nil), ("train.model", nil, "train", "model"),
            ("train[rate=0.1].model", nil, "train[rate=0.1]", "model"),
            ("train[rate=0.1]", nil, "train[rate=0.1]", nil), ("p:train.model", "p", "train", "model"),
            ("p:train[time=10:30]", "p", "train[time=10:30]", nil),
            ("train[time=10:30].m", nil, "train[time=10:30]", "m"),
            ("a.b.c", nil, "a", "b.c"), ("", nil, "", nil),
            // A point and a combining accent are one Character, and still a point.
            ("a.\u{301}b", nil, "a", "\u{301}b"),
        ] as [(String, String?, String, String?)])
    func aTextHasItsParts(text: String, pipeline: String?, stage: String, output: String?) {
        let name = OutputName(text)
        #expect(name.pipeline == pipeline && name.stage == stage && name.output == output)
    }
}
