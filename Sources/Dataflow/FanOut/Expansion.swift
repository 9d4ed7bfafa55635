/// How a pipeline is rebuilt once more lists are known.
public struct Expansion: Sendable {
    /// The lists that are known already.
    public let lists: KnownLists
    private let make: @Sendable (KnownLists) throws -> Pipeline

    /// An expansion; `make` returns the pipeline with all of the lists.
    package init(lists: KnownLists = [:], make: @escaping @Sendable (KnownLists) throws -> Pipeline) {
        self.lists = lists
        self.make = make
    }

    /// The pipeline with these lists, too.
    func pipeline(with more: KnownLists) throws -> Pipeline {
        try make(lists.merging(more) { _, new in new })
    }
}

extension Pipeline {
    /// The pipeline, with the instances that these lists determine.
    func expanded(with lists: KnownLists) throws -> Pipeline {
        guard let expansion, !lists.isEmpty else { return self }
        return try expansion.pipeline(with: lists)
    }
}

extension Stage {
    /// True for a placeholder for instances that are not known yet.
    public var isPlaceholder: Bool { awaitedList != nil }

    /// The stage outputs that it reads from, or that determine whether it exists.
    package var references: [OutputReference] { inputs.flatMap(\.references) + lists }
}
