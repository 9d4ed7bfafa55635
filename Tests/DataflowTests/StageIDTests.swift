import Dataflow
import FoundationEssentials
import StageSchemas
import Testing

/// What makes two stages the same, and how an id is handed to other processes.
struct StageIDTests {
    @Test func idsAreEqualIfTheirBytesAre() {
        let composed = StageID("\u{E9}")
        let decomposed = StageID("e\u{301}")
        #expect(composed != decomposed)
        #expect(Set([composed, decomposed, StageID("\u{E9}"), StageID("e\u{301}")]).count == 2)
        // An id on the command line is a name alone.
        let instance = StageID("m", [StageID.Coordinate(axis: "fold", value: .integer(-3))])
        #expect(instance == StageID("m[fold=-3]"))
        #expect(Set([instance]).contains(StageID("m[fold=-3]")))
    }

    @Test func anIDIsWrittenAsItsNameAndItsCoordinates() throws {
        let id = StageID(
            "m",
            [
                StageID.Coordinate(axis: "fold", value: .integer(0)),
                StageID.Coordinate(axis: "model", value: .string("a,b]")),
            ])
        #expect(id.description == "m[fold=0,model=a,b]]")
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(id)
        let text = String(decoding: data, as: UTF8.self)
        #expect(text.hasPrefix(#"{"coordinates":[{"axis":"fold","#))
        #expect(text.hasSuffix(#"],"name":"m"}"#))
        let read = try JSONDecoder().decode(StageID.self, from: data)
        #expect(read == id)
        #expect(read.name == id.name)
        #expect(read.coordinates == id.coordinates)
    }
}
