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

    @Test(
        arguments: [
            ("train[*]", "train"), ("p:train[*].model", "train"), ("train", nil), ("train[fold=*]", nil),
            ("train[*", nil), ("[*]", nil), ("train[]", nil), ("*[*]", "*"),
        ] as [(String, String?)])
    func bracketsWithAStarMeanAllInstances(text: String, stage: String?) {
        #expect(OutputName(text).gatheredStage == stage)
    }

    @Test(
        arguments: [
            ("model[fold=0,seed=7]", "model", "fold=0,seed=7"), ("model", "model", nil),
            ("model[word=a[b]]", "model", "word=a[b]"), ("model[x", "model", nil), ("model[]", "model", ""),
            // A bracket and a combining accent are one Character, and still a bracket.
            ("m[\u{301}x]", "m", "\u{301}x"),
        ] as [(String, String, String?)])
    func anIDHasANameAndCoordinates(text: String, name: String, coordinates: String?) {
        #expect(StageID.name(of: text) == name && StageID.coordinates(of: text) == coordinates)
    }
}
