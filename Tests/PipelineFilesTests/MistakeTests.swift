import Dataflow
import StageSchemas
import Testing

@testable import PipelineFiles

/// Every possible mistake in a file is reported with its position and what to do.
struct MistakeTests {
    @Test(arguments: MistakeCase.ofStages + MistakeCase.others) func reportsMistakesWithTheirPositions(
        _ example: MistakeCase
    ) {
        #expect(mistakes(example.text) == example.expected)
    }

    /// Files of other systems, and with a byte order mark, show the same mistakes with the same lines.
    @Test(arguments: ["\n", "\r\n", "\r"], ["", "\u{FEFF}"])
    func mistakesShowTheirLineWhateverEndsIt(ending: String, mark: String) {
        let lines = ["pipeline: p", "stages:", "  a: { kind: trian }", ""]
        do {
            _ = try load(mark + lines.joined(separator: ending))
            Issue.record("the kind does not exist")
        } catch {
            #expect(error.errors.map(\.line) == ["  a: { kind: trian }"])
            #expect(error.errors.map(\.location.line) == [3] && error.errors.map(\.location.column) == [14])
        }
        let first = mistakes(mark + "pipelin: p" + ending + "stages: {}")
        #expect(first.contains { $0.utf8.starts(with: "1:1: unknown key".utf8) })
    }

    @Test func printsMistakesWithTheirLineAndACaret() throws {
        do {
            _ = try load("pipeline: p\nstages:\n  a: { kind: trian }\n")
            Issue.record("the kind does not exist")
        } catch {
            #expect(
                error.errors.first?.description == """
                    p.yaml:3:14: error: unknown kind 'trian'; did you mean 'train'?
                     3 |   a: { kind: trian }
                       |              ^
                    """)
        }
    }

    /// `${p0}${p0}` in parameter after parameter: each doubles the one before.
    @Test(arguments: [
        (#""${p%}${p%}""#, "MiB"), ("['${p%}', '${p%}']", "MiB"),
        ("{ a: '${p%}', b: '${p%}', c: '${p%}' }", "MiB"),
    ])
    func placeholdersAreBounded(double: String, words: String) {
        let first = String(repeating: "x", count: 100_000)
        var text = "pipeline: p\nparameters:\n  p0: \(first)\n"
        for level in 1...15 { text += "  p\(level): \(double.replacing("%", with: String(level - 1)))\n" }
        text += "stages:\n  a: { run: 'echo ${p15} > ${outputs.o}', outputs: { o: o } }\n"
        let found = mistakes(text)
        #expect(found.count >= 1 && found.allSatisfy { $0.contains(words) && $0.utf8.count < 300 })
    }

    /// Parameters that refer to one another: as far as they like, and never back.
    @Test func onlyCyclesOfParametersAreMistakes() throws {
        func parameters(_ count: Int, first: String) -> String {
            var text = "pipeline: p\nparameters:\n  p0: '\(first)'\n"
            for number in 1..<count { text += "  p\(number): '${p\(number - 1)}'\n" }
            return text + "stages:\n  a: { run: 'echo ${p\(count - 1)} > ${outputs.o}', outputs: { o: o } }\n"
        }
        for first in ["end", "$${HOME}", "a$b"] {
            let pipeline = try load(parameters(60, first: first)).pipeline
            #expect(pipeline.parameters["p59"] == .string(first.replacing("$$", with: "$")))
        }
        let cycle = "2:1: parameters: their references form a cycle"
        for first in ["${p59}", "x${p59}", "${p0}", "${p30}"] {
            #expect(mistakes(parameters(60, first: first)).map { $0.dropFirst(4) } == [cycle.dropFirst(4)])
        }
        let steps = mistakes(parameters(1_100, first: "end"))
        #expect(steps.count == 1 && steps[0].contains("is longer than 1000 steps"))
        let own = "pipeline: p\nparameters: { m: { a: '${m}' }, l: ['${l}'] }\nstages: {}\n"
        #expect(mistakes(own).contains { $0.contains("form a cycle") })
    }

    /// A long text in place after place.
    @Test func allPlaceholdersTogetherAreBounded() {
        let long = String(repeating: "x", count: 1_000_000)
        var text = "pipeline: p\nparameters: { p: \(long) }\nstages:\n"
        for number in 0..<400 {
            text +=
                "  s\(number): { run: 'echo > ${outputs.o}', inputs: { i: { file: '${p}' } }, outputs: { o: o } }\n"
        }
        #expect(mistakes(text).contains { $0.contains("the placeholders expand to more than 256 MiB") })
    }

    @Test func aliasesAndDepthAreBounded() {
        var bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let alias = "*a\(level - 1)"
            bomb +=
                "a\(level): &a\(level) [" + Array(repeating: alias, count: 10).joined(separator: ", ") + "]\n"
        }
        #expect(mistakes(bomb) == ["5:45: aliases expand to more than 100000 values"])
        let deep = "pipeline: p\nstages: " + String(repeating: "[", count: 10_000)
        #expect(mistakes(deep) == ["2:72: nested more than 64 levels deep"])
    }

    @Test func damagedFilesAreRejectedOrReadButNeverCrash() {
        let valid = Array(PipelineTests.example.utf8)
        var state: UInt64 = 42
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        let pieces = [
            "${", "}", "[*]", ": ", "- ", "&a", "*a", "\n", "\"", "'", "#", "{", "null", "\t", "é", "|",
        ]
        var refused = 0
        for _ in 0..<3000 {
            var bytes = valid
            for _ in 0...next(3) {
                let at = next(bytes.count)
                switch next(3) {
                case 0: bytes[at] = UInt8(next(128))
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + 1 + next(20)))
                default: bytes.insert(contentsOf: pieces[next(pieces.count)].utf8, at: at)
                }
            }
            do {
                _ = try load(String(decoding: bytes, as: UTF8.self))
            } catch {
                refused += 1
                #expect(!error.errors.isEmpty)
                for mistake in error.errors { #expect(mistake.location.line >= 1) }
            }
        }
        #expect(refused > 1000)
    }
}
