/// An error of a shared cache.
package struct RemoteError: Error, Sendable, CustomStringConvertible {
    /// The type of error, which determines whether the cache is used again.
    package enum Code: Sendable, Hashable {
        /// It does not respond, or not in time.
        case unreachable
        /// It responds, but does not allow this.
        case denied
        /// What it has sent cannot be correct.
        case damaged
        /// It does not support this operation.
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
