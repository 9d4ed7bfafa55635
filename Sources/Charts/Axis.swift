/// The label of an axis, and how its numbers are spaced.
public struct Axis: Sendable, Hashable {
    /// What the numbers are, with their unit.
    public var label: String
    /// How they are spaced.
    var spacing: Scale.Spacing
    /// The ends; nil for round numbers around the values.
    public var bounds: ClosedRange<Double>?

    /// An axis.
    public init(_ label: String, spacing: Scale.Spacing = .linear, bounds: ClosedRange<Double>? = nil) {
        self.label = label
        self.spacing = spacing
        self.bounds = bounds
    }
}
