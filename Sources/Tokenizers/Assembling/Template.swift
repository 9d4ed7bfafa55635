/// The ids added around every text, and how a text is truncated to make room for them.
struct Template: Sendable, Equatable {
    var before: [Int32] = []
    var after: [Int32] = []

    /// Truncates the ids of a text to the limit, and adds the template's around them.
    func assemble(_ ids: consuming [Int32], _ options: EncodingOptions) throws(TokenizerError) -> [Int32] {
        if options.limit == nil {
            // In place: there is room for more.
            guard options.addsSpecialTokens else { return ids }
            if !before.isEmpty { ids.insert(contentsOf: before, at: 0) }
            ids.append(contentsOf: after)
            return ids
        }
        let added = options.addsSpecialTokens ? before.count + after.count : 0
        let kept = try Self.kept(ids, room: options.limit.map { $0 - added }, options.truncation, added)
        if added == 0 && kept.count == ids.count { return ids }
        return options.addsSpecialTokens ? before + kept + after : Array(kept)
    }

    private static func kept(
        _ ids: [Int32], room: Int?, _ side: EncodingOptions.Side, _ added: Int
    ) throws(TokenizerError) -> ArraySlice<Int32> {
        guard let room else { return ids[...] }
        guard room >= 0 else {
            throw TokenizerError(
                .text,
                "a limit of \(room + added) ids leaves no room besides the \(added) that are added; raise it")
        }
        return side == .right ? ids.prefix(room) : ids.suffix(room)
    }
}
