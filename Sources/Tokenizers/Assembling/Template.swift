internal import Texts

/// The ids added around every text, and how a text is truncated to make room for them.
struct Template: Sendable, Equatable {
    var before: [Int32] = []
    var after: [Int32] = []

    /// Truncates the ids of a text to the limit, and adds the template's around them.
    func assemble(_ ids: Span<Int32>, _ options: EncodingOptions) throws(TokenizerError) -> [Int32] {
        let added = options.addsSpecialTokens ? before.count + after.count : 0
        var kept = ids
        if let limit = options.limit {
            guard limit >= added else {
                throw TokenizerError(
                    .text,
                    "a limit of \(limit) ids leaves no room besides the \(added) that are added; raise it")
            }
            let room = limit - added
            kept = options.truncation == .right ? ids.extracting(first: room) : ids.extracting(last: room)
        }
        var all: [Int32] = []
        all.reserveCapacity(kept.count + added)
        if added > 0 { all.append(copying: before.span) }
        all.append(copying: kept)
        if added > 0 { all.append(copying: after.span) }
        return all
    }
}
