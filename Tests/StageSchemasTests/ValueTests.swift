import FoundationEssentials
import JSON
import StageSchemas
import Testing

@Suite struct ValueTests {
    @Test(
        arguments: [
            .null, true, 3, 2.5, "text", [1, "two", [.null]], ["b": [1, 2], "a": ["c": 1.5]],
        ] as [Value])
    func jsonRoundTrips(value: Value) throws {
        let data = Data(value.json.utf8)
        #expect(try Value(json: Array(data)) == value)
        #expect(try JSONDecoder().decode(Value.self, from: data) == value)
        #expect(try JSONDecoder().decode(Value.self, from: JSONEncoder().encode(value)) == value)
    }

    @Test func jsonHasSortedKeysAndEscapes() {
        let value: Value = ["b": 1, "a": "line\n\"quoted\" \\ \u{1}"]
        #expect(value.json == #"{"a":"line\n\"quoted\" \\ \u0001","b":1}"#)
    }

    @Test func wholeNumbersAreIntegers() {
        #expect(Value.number(1e3).normalized == 1000)
        #expect(Value.number(1e300).normalized == .number(1e300))
        #expect(Value.list([1.0, ["x": 2.0]]).normalized == [1, ["x": 2]])
    }

    @Test(arguments: [
        "[9223372036854775808]", "[1e999]", "{\"\u{E9}\": 1, \"e\u{301}\": 2}", "{\"a\": 1, \"a\": 2}",
        "[1,]",
    ]) func lossyConversionsAreRefused(text: String) {
        #expect(throws: JSONFault.self) { try Value(json: Array(text.utf8)) }
    }

    @Test func numbersWrittenAsIntegersAreIntegers() throws {
        #expect(
            try Value(json: Array("[-9223372036854775808, 9223372036854775807, 1.0, 1e2]".utf8))
                == .list([.integer(.min), .integer(.max), .number(1), .number(100)]))
    }
}
