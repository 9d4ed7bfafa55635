/// The symbol of every single-scalar piece, in pages of 256 scalars.
struct ScalarSymbols: Sendable {
    static let absent: Int32 = -1

    private var pageOfBlock = ContiguousArray<UInt16>(repeating: 0, count: 0x1100)
    private var pages = ContiguousArray<Int32>(repeating: Self.absent, count: 256)

    subscript(scalar: UInt32) -> Int32 {
        @inline(__always) get { pages[Int(pageOfBlock[Int(scalar >> 8)]) << 8 | Int(scalar & 0xFF)] }
        set {
            let block = Int(scalar >> 8)
            if pageOfBlock[block] == 0 {
                pageOfBlock[block] = UInt16(pages.count / 256)
                pages.append(contentsOf: repeatElement(Self.absent, count: 256))
            }
            pages[Int(pageOfBlock[block]) << 8 | Int(scalar & 0xFF)] = newValue
        }
    }
}
