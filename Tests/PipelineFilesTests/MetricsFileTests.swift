import Testing

@testable import PipelineFiles

private func numbers(_ text: String) throws -> [String: Double] {
    try MetricsFile.numbers(in: Array(text.utf8))
}

@Test func nestedNumbersGetDottedNames() throws {
    #expect(
        try numbers(
            "{\"loss\": {\"train\": 0.25, \"test\": 1e-3}, \"rows\": 3, \"name\": \"x\", \"ok\": true, \"l\": [1]}"
        )
            == ["loss.train": 0.25, "loss.test": 0.001, "rows": 3])
    #expect(try numbers("{\"a\": \"NaN\", \"b\": \"inf\", \"rows\": 3}") == ["rows": 3])
    #expect(try numbers("loss:\n  train: 0.25\nrows: 3\nname: '4'\n") == ["loss.train": 0.25, "rows": 3])
}

@Test(arguments: [
    "", "[1, 2]", "3", "{\"a\": \"b\"}", "{\"a\": ", "a: .nan", "a: .inf", "{\"a.b\": 1, \"a\": {\"b\": 2}}",
    "a: 1\na: 2", "{\"a\": NaN, \"b\": 1}", "{\"a\": {\"c\": -Infinity}, \"b\": 1}", "a: nan\nb: 1",
    "a: +inf\nb: 1",
])
func otherFilesAreRefused(text: String) {
    #expect(throws: MetricsFile.Failure.self) { try numbers(text) }
}

@Test func invalidTextAndTooManyNumbersAreRefused() {
    #expect(throws: MetricsFile.Failure.self) { try MetricsFile.numbers(in: [0x61, 0x3A, 0x20, 0xFF]) }
    let many = (0...MetricsFile.countLimit).map { "a\($0): 1\n" }.joined()
    #expect(throws: MetricsFile.Failure.self) { try numbers(many) }
}
