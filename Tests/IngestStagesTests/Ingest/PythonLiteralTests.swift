import JSON
import StageSchemas
import Testing

@testable import IngestStages
@testable import Randomness

struct PythonLiteralTests {
    private func parse(_ text: String) throws -> RecordValue {
        try PythonLiteral.parse(Array(text.utf8)[...])
    }

    /// A value on one line.
    private func written(_ value: RecordValue) -> String {
        switch value {
        case .null: "null"
        case .text(let bytes): "'" + String(decoding: bytes, as: UTF8.self) + "'"
        case .scalar(let bytes): String(decoding: bytes, as: UTF8.self)
        case .list(let elements): "[" + elements.map { written($0) }.joined(separator: ",") + "]"
        case .record(let members):
            "{" + members.map { $0.name + ":" + written($0.value) }.joined(separator: ",") + "}"
        case .foreign(let name): name
        }
    }

    // What Python 3.11 reads them as, checked with `ast.literal_eval` where it can.
    @Test(
        arguments: [
            (#"['a', "it's", None, True, -1.5e3]"#, "['a','it's',null,True,-1.5e3]"),
            (#"('a',)"#, "['a']"), ("[]", "[]"), ("{}", "{}"),
            (#"{'role': 'user', 'content': 'x'}"#, "{role:'user',content:'x'}"),
            (#"[M(role='user', content='hi')]"#, "[{role:'user',content:'hi'}]"),
            (#"M('a', n=1, )"#, "{0:'a',n:1}"),
            (#"M(role=<Role.USER: 'user'>, extra={})"#, "{role:'user',extra:{}}"),
            ("Role.USER", "USER"), ("<object at 0x7f>", "object at 0x7f"),
            (#"'a\tb\\c\'d\x41\u00e9\U0001F600\101'"#, "'a\tb\\c'dAé😀A'"),
            (#"'\ud83d\ude00 \ud83d'"#, "'😀 \u{FFFD}'"), (#"'\q'"#, #"'\q'"#),
            (#"r'\n' "x""#, #"'\nx'"#), (#"'a' 'b'"#, "'ab'"), ("'''a'b\n'''", "'a'b\n'"),
            (#"u"x""#, "'x'"), ("[ 'a' ,\n 'b' , ]", "['a','b']"), ("'你好'", "'你好'"),
            ("{'a', 'b'}", "{a:'a',b:'b'}"),
        ])
    func readsWhatPythonPrints(_ text: String, _ value: String) throws {
        #expect(try written(parse(text)) == value)
    }

    @Test(arguments: [
        "", "[", "['a'", "'a", "[1 2]", "{'a':}", "M(", "<x", "]", "'''a''", "['a'] x", "M(role=)",
        // Python refuses them, or they are bytes, or need more than the text.
        #"'\xZZ'"#, #"'\x+f'"#, #"'\u12'"#, #"'\N{BULLET}'"#, #"[b'\xc3\xa9']"#, "[Rb'x']", "[f'{a}']",
    ])
    func saysWhereTextIsBroken(_ text: String) {
        #expect(throws: JSONFault.self) { try self.parse(text) }
    }

    @Test func depthIsBounded() {
        #expect(throws: JSONFault.self) { try self.parse(String(repeating: "[", count: 100_000)) }
    }

    @Test func damagedTextNeverTraps() {
        let text = Array(
            #"[M(role=<Role.USER: 'user'>, content='it\'s \u00e9\x4'), {'a': ("b", None)}]"#.utf8)
        var random = SeededGenerator(seed: 9)
        for _ in 0..<3_000 {
            var damaged = Array(text.prefix(1 + random.integer(below: text.count)))
            damaged[random.integer(below: damaged.count)] = UInt8(random.integer(below: 256))
            _ = try? PythonLiteral.parse(damaged[...])
        }
    }
}
