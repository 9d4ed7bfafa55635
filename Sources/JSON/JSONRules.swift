/// What is accepted as JSON beyond the standard.
///
/// With any rules, structure and numbers follow RFC 8259, texts are valid UTF-8, and depth is limited.
package enum JSONRules: Sendable, Hashable {
    /// RFC 8259, and only Unicode texts: an unpaired surrogate is a fault. For files written by programs.
    case strict
    /// For crowdsourced data: strings may contain raw control characters, an unpaired surrogate becomes U+FFFD, and
    /// `NaN`, `Infinity` and `-Infinity` are numbers, as Python writes them.
    case tolerant

    /// The maximum depth of nesting.
    package static let depthLimit = 64
}
