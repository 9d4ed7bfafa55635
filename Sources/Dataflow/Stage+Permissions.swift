extension Stage {
    /// What a stage may access besides its inputs and outputs.
    public struct Permissions: Sendable, Hashable, Codable {
        /// How undeclared reads are treated.
        public enum Reads: String, Sendable, Hashable, Codable, CaseIterable {
            /// They are recorded, and what was read counts as an input from then on.
            case discovered
            /// They are refused.
            case declared
        }

        /// False if it runs like any other program of the user, so that its undeclared reads go unnoticed.
        public var isConfined: Bool
        /// True if it may use the network.
        public var allowsNetwork: Bool
        /// How undeclared reads of a command are treated.
        public var reads: Reads
        /// Paths that may be read without being recorded, relative to the working directory or `~/`.
        public var readable: [String]
        /// Paths that may be read and written without being recorded.
        public var writable: [String]

        /// The permissions of a stage that declares none.
        public init(
            isConfined: Bool = true, allowsNetwork: Bool = false, reads: Reads = .discovered,
            readable: [String] = [],
            writable: [String] = []
        ) {
            self.isConfined = isConfined
            self.allowsNetwork = allowsNetwork
            self.reads = reads
            self.readable = readable
            self.writable = writable
        }

        /// The paths whose reads are not recorded, without duplicates, sorted by their bytes.
        var exempt: [String] {
            let paths = (readable + writable).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            return paths.indices.filter { index in
                index == 0 || !paths[index].utf8.elementsEqual(paths[index - 1].utf8)
            }.map { paths[$0] }
        }
    }
}
