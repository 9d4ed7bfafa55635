/// What is read as JSON beyond the standard.
///
/// Whatever the rules, structure and numbers are those of RFC 8259, texts are valid UTF-8, and depth is bounded.
package enum JSONRules: Sendable, Hashable {
    /// RFC 8259, and only Unicode texts: an unpaired surrogate is a fault. For files of programs.
    case strict
    /// As crowd-sourced data needs it: control characters stand raw in strings, an unpaired surrogate becomes U+FFFD, and
    /// `NaN`, `Infinity` and `-Infinity` are numbers, as Python writes them.
    case tolerant

    /// The maximum depth of nesting.
    package static let depthLimit = 64
}
