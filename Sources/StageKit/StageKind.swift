public import StageSchemas

/// A kind of stage, written in Swift: named inputs and parameters in, named files out.
///
/// Determinism is part of the contract: the same inputs and parameters give the same bytes, whatever the thread
/// count, date, host, locale or dictionary order.
///
/// ```swift
/// public enum CountLines: StageKind {
///     public struct Parameters: StageParameters {
///         @Setting("Whether empty lines count.") var countsEmpty = true
///         public init() {}
///     }
///     public static let schema = StageSchema(
///         name: "count-lines", summary: "Counts the lines of a text.",
///         inputs: [InputPort("text", "Any text file.")],
///         outputs: [OutputPort("count", "count.json", "The number of lines.")], parameters: Parameters.self)
///     public static func run(_ parameters: Parameters, in context: StageContext) throws { … }
/// }
/// ```
public protocol StageKind: Sendable {
    /// The parameters in a pipeline file, each declared at its property with `@Setting`.
    associatedtype Parameters: StageParameters = NoParameters

    /// Name, documentation and ports; the parameters come from `Parameters`.
    static var schema: StageSchema { get }

    /// Does the work: reads `context`'s inputs and writes every output.
    ///
    /// - Throws: `StageFailure` with a message for users, or any other error.
    static func run(_ parameters: Parameters, in context: StageContext) throws
}

/// Why a stage failed, in a message for the author of the pipeline.
public struct StageFailure: Error, Sendable, CustomStringConvertible {
    /// What is wrong, where, and how to fix it.
    public let message: String

    /// A failure with a message for users.
    public init(_ message: String) { self.message = message }

    /// The message.
    public var description: String { message }
}
