/// The classes that split patterns distinguish: `\p{L}`, `\p{N}`, `\s` and everything else, as a byte.
typealias ScalarClass = UInt8

/// The class of every Unicode scalar, in pages of 256.
struct ScalarClasses: Sendable {
    static let other: ScalarClass = 0
    static let letter: ScalarClass = 1
    static let number: ScalarClass = 2
    static let space: ScalarClass = 3

    /// The table for the Unicode version of the Rust library `tokenizers`.
    static let shared = ScalarClasses()

    private let pageOfBlock: ContiguousArray<UInt8>
    private let pages: ContiguousArray<ScalarClass>

    private init() {
        var flat = ContiguousArray<ScalarClass>()
        flat.reserveCapacity(0x110000)
        var numbers = VariableLengthIntegers(base64: ScalarClassData.runs)
        while let run = numbers.next() {
            flat.append(contentsOf: repeatElement(UInt8(run & 3), count: run >> 2))
        }
        precondition(flat.count == 0x110000, "the classes cover every scalar")
        var blocks = ContiguousArray<UInt8>()
        var pages = ContiguousArray<ScalarClass>()
        var known: [ArraySlice<ScalarClass>: UInt8] = [:]
        for block in 0..<0x1100 {
            let page = ArraySlice(flat[block * 256..<block * 256 + 256])
            if let index = known[page] {
                blocks.append(index)
            } else {
                let index = UInt8(pages.count / 256)
                known[page] = index
                blocks.append(index)
                pages.append(contentsOf: page)
            }
        }
        pageOfBlock = blocks
        self.pages = pages
    }

    @inline(__always)
    subscript(scalar: UInt32) -> ScalarClass {
        pages[Int(pageOfBlock[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)]
    }
}
