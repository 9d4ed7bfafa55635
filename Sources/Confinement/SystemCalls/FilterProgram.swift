internal import CConfinement

/// What happens to a system call whose arguments meet conditions.
struct CallRule: Sendable, Hashable {
    enum Action: Sendable, Hashable {
        case allow
        /// The call waits until the observer has answered.
        case report
        /// The call returns this error.
        case refuse(Int32)
    }

    /// A condition on the lower half of an argument, which is all that the kernel uses of an `int`.
    struct Condition: Sendable, Hashable {
        enum Test: Sendable, Hashable {
            /// The masked half is this number.
            case equals(UInt32)
            /// It is not.
            case differs(UInt32)
        }
        let argument: Int
        let mask: UInt32
        let test: Test

        init(_ argument: Int, mask: UInt32 = .max, _ test: Test) {
            self.argument = argument
            self.mask = mask
            self.test = test
        }
    }

    let call: Int32
    /// All must hold.
    let conditions: [Condition]
    let action: Action

    init(_ call: Int32, _ action: Action, if conditions: [Condition] = []) {
        self.call = call
        self.conditions = conditions
        self.action = action
    }
}

/// A program for seccomp, in the kernel's classic BPF.
struct FilterProgram: Sendable, Hashable {
    /// One `struct sock_filter` each: code, two jump distances, and a number.
    let instructions: [UInt64]

    /// True on the architectures whose calls are known here.
    static let isSupported = sluice_architecture != 0

    /// A program that applies the first matching rule of a call, and allows all other calls.
    ///
    /// Calls of another architecture, whose numbers mean something else, kill the process. Calls newer than those known here
    /// fail as if they did not exist.
    init(_ rules: [CallRule]) {
        var code = Assembler()
        code.load(Offset.architecture)
        code.skipUnlessEqual(UInt32(truncatingIfNeeded: Int(sluice_architecture)), by: 1)
        code.skip(1)
        code.answer(SeccompAction.killProcess)
        code.load(Offset.number)
        // The numbers of x86's x32 calls are in this range, too.
        code.skipUnlessGreater(UInt32(sluice_newest_call), by: 1)
        code.answer(SeccompAction.refuse(Self.noSuchCall))
        let groups = Dictionary(grouping: rules.filter { $0.call >= 0 }, by: \.call)
        let blocks = groups.keys.sorted().map { (call: UInt32($0), code: Self.block(groups[$0] ?? [])) }
        code.append(Self.choice(of: blocks[...]))
        instructions = code.instructions
    }

    /// Finds the call's block by bisection, down to a few candidates: the kernel runs the program once for every existing call
    /// when it is loaded, and compiles it for every process.
    private static func choice(of blocks: ArraySlice<(call: UInt32, code: [UInt64])>) -> [UInt64] {
        var code = Assembler()
        guard blocks.count > 8 else {
            for block in blocks {
                code.skipUnlessEqual(block.call, by: block.code.count)
                code.append(block.code)
            }
            code.answer(SeccompAction.allow)
            return code.instructions
        }
        let middle = blocks.startIndex + blocks.count / 2
        let lower = choice(of: blocks[..<middle])
        code.skipUnlessGreater(blocks[middle].call - 1, by: 1)
        code.skip(lower.count)
        code.append(lower)
        code.append(choice(of: blocks[middle...]))
        return code.instructions
    }

    /// The instructions that follow once the call's number is known; each path through them ends with an answer.
    private static func block(_ rules: [CallRule]) -> [UInt64] {
        var code = Assembler()
        for rule in rules {
            var checks = Assembler()
            // What follows a failed condition: the rest of the checks, and the answer.
            var later = 1
            var parts: [[UInt64]] = []
            for condition in rule.conditions.reversed() {
                var part = Assembler()
                part.load(Offset.lowerHalf(ofArgument: condition.argument))
                if condition.mask != .max { part.and(condition.mask) }
                switch condition.test {
                case .equals(let number): part.skipUnlessEqual(number, by: later)
                case .differs(let number): part.skipIfEqual(number, by: later)
                }
                parts.append(part.instructions)
                later += part.instructions.count
            }
            for part in parts.reversed() { checks.append(part) }
            code.append(checks.instructions)
            code.answer(action(rule.action))
            if rule.conditions.isEmpty { return code.instructions }
        }
        code.answer(SeccompAction.allow)
        return code.instructions
    }

    private static func action(_ action: CallRule.Action) -> UInt32 {
        switch action {
        case .allow: SeccompAction.allow
        case .report: SeccompAction.report
        case .refuse(let error): SeccompAction.refuse(error)
        }
    }

    /// `ENOSYS`.
    private static let noSuchCall: Int32 = 38

    /// Offsets in `struct seccomp_data`.
    private enum Offset {
        static let number: UInt32 = 0
        static let architecture: UInt32 = 4
        /// On the little-endian machines that are supported.
        static func lowerHalf(ofArgument index: Int) -> UInt32 { UInt32(16 + 8 * index) }
    }
}

/// The instructions of classic BPF that are needed here.
private struct Assembler {
    private(set) var instructions: [UInt64] = []

    private mutating func add(_ code: UInt16, yes: UInt8 = 0, no: UInt8 = 0, _ number: UInt32) {
        instructions.append(
            UInt64(code) | UInt64(yes) << 16 | UInt64(no) << 24 | UInt64(number) << 32)
    }

    mutating func append(_ more: [UInt64]) { instructions += more }

    /// Loads a word of `struct seccomp_data`.
    mutating func load(_ offset: UInt32) { add(0x20, offset) }

    mutating func and(_ mask: UInt32) { add(0x54, mask) }

    mutating func skip(_ count: Int) { add(0x05, UInt32(count)) }

    mutating func skipUnlessEqual(_ number: UInt32, by count: Int) {
        add(0x15, no: distance(count), number)
    }

    mutating func skipIfEqual(_ number: UInt32, by count: Int) {
        add(0x15, yes: distance(count), number)
    }

    mutating func skipUnlessGreater(_ number: UInt32, by count: Int) {
        add(0x25, no: distance(count), number)
    }

    mutating func answer(_ action: UInt32) { add(0x06, action) }

    /// Conditional jumps have one byte; a call's block is far shorter.
    private func distance(_ count: Int) -> UInt8 {
        precondition(count <= 255, "a call has too many rules")
        return UInt8(count)
    }
}
