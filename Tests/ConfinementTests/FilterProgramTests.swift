import Testing

@testable import Confinement

struct FilterProgramTests {
    private static let allow: UInt32 = 0x7FFF_0000
    private static let report: UInt32 = 0x7FC0_0000

    /// What the kernel would answer: classic BPF as the kernel's documentation has it, for the instructions in use.
    private func answer(
        _ program: FilterProgram, call: Int32, _ arguments: [UInt64] = [], architecture: UInt32? = nil
    ) throws -> UInt32 {
        var data = [UInt32](repeating: 0, count: 16)
        data[0] = UInt32(bitPattern: call)
        data[1] = architecture ?? Self.ownArchitecture
        for (index, argument) in arguments.enumerated() {
            data[4 + 2 * index] = UInt32(truncatingIfNeeded: argument)
            data[5 + 2 * index] = UInt32(truncatingIfNeeded: argument >> 32)
        }
        var accumulator: UInt32 = 0
        var place = 0
        while true {
            let word = try #require(
                program.instructions.indices.contains(place) ? program.instructions[place] : nil)
            let number = UInt32(word >> 32)
            let yes = Int(word >> 16 & 0xFF)
            let no = Int(word >> 24 & 0xFF)
            place += 1
            switch word & 0xFFFF {
            case 0x20: accumulator = data[Int(number) / 4]
            case 0x54: accumulator &= number
            case 0x05: place += Int(number)
            case 0x15: place += accumulator == number ? yes : no
            case 0x25: place += accumulator > number ? yes : no
            case 0x06: return number
            default: Issue.record("unknown instruction \(word)")
            }
        }
    }

    #if arch(x86_64)
        private static let ownArchitecture: UInt32 = 0xC000_003E
    #else
        private static let ownArchitecture: UInt32 = 0xC000_00B7
    #endif

    @Test func theFirstRuleThatHoldsDecides() throws {
        let program = FilterProgram([
            CallRule(
                7, .allow,
                if: [CallRule.Condition(0, .equals(1)), CallRule.Condition(1, mask: 0xF, .equals(5))]),
            CallRule(7, .refuse(13), if: [CallRule.Condition(2, mask: 0x30, .differs(0))]),
            CallRule(8, .report),
            CallRule(7, .report),
            CallRule(-1, .refuse(1)),
        ])
        #expect(try answer(program, call: 7, [1, 0x1005, 0xFF]) == Self.allow)
        #expect(try answer(program, call: 7, [1, 4, 0x10]) == 0x0005_000D)
        #expect(try answer(program, call: 7, [2, 5, 0x20]) == 0x0005_000D)
        #expect(try answer(program, call: 7, [2, 5, 0x40]) == Self.report)
        #expect(try answer(program, call: 8) == Self.report)
        #expect(try answer(program, call: 9) == Self.allow)
    }

    @Test(arguments: [0, 1, 2, 3, 40, 100]) func eachOfManyCallsIsFound(count: Int32) throws {
        let rules = (0..<count).shuffled().map { CallRule(3 * $0, .refuse(1 + $0)) }
        let program = FilterProgram(rules)
        for call in 0..<3 * count + 2 {
            let isRuled = call % 3 == 0 && call < 3 * count
            #expect(
                try answer(program, call: call) == (isRuled ? 0x0005_0000 | UInt32(1 + call / 3) : Self.allow)
            )
        }
    }

    @Test func onlyTheHalfThatTheKernelReadsCounts() throws {
        let program = FilterProgram([
            CallRule(7, .allow, if: [CallRule.Condition(0, .equals(1))]), CallRule(7, .refuse(1)),
        ])
        #expect(try answer(program, call: 7, [0xFFFF_FFFF_0000_0001]) == Self.allow)
    }

    @Test func aConditionAfterTheLastRuleAllows() throws {
        let program = FilterProgram([CallRule(7, .refuse(1), if: [CallRule.Condition(5, .differs(0))])])
        #expect(try answer(program, call: 7, [0, 0, 0, 0, 0, 0]) == Self.allow)
        #expect(try answer(program, call: 7, [0, 0, 0, 0, 0, 9]) == 0x0005_0001)
    }

    @Test func anotherArchitectureEndsTheProcessAndUnknownCallsDoNotExist() throws {
        let program = FilterProgram([])
        #expect(try answer(program, call: 3, architecture: 0x4000_0003) == 0x8000_0000)
        #expect(try answer(program, call: 100_000) == 0x0005_0026)
        // x32's calls on x86-64.
        #expect(try answer(program, call: 0x4000_0001) == 0x0005_0026)
        #expect(try answer(program, call: -1) == 0x0005_0026)
    }

    @Test(arguments: [false, true], [false, true])
    func theProgramsOfPoliciesFitTheKernel(allowsNetwork: Bool, isObserved: Bool) throws {
        let program = FilterProgram.standard(allowsNetwork: allowsNetwork, isObserved: isObserved)
        #expect(program.instructions.count < 4096)
        let openat = try #require(ReportedCall.reads.first?.call)
        #expect(try answer(program, call: openat) == (isObserved ? Self.report : Self.allow))
    }
}
