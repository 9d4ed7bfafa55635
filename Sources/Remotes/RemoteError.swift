/// An error of a shared cache.
package struct RemoteError: Error, Sendable, CustomStringConvertible {
    /// The kind of error, which decides whether the cache is asked again.
    package enum Code: Sendable, Hashable {
        /// It does not answer, or not in time.
        case unreachable
        /// It answers, and does not allow this.
        case denied
        /// What it has sent cannot be right.
        case damaged
        /// It cannot do this at all.
        case unsupported
        /// The address or a setting is wrong.
        case invalid
    }

    /// The kind of error.
    package let code: Code
    /// What is wrong, where, and what to do.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The message.
    package var description: String { message }
}
