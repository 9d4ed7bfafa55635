/// The running means of a tensor's gradient and squared gradient.
public enum Moments: Sendable, Hashable {
    /// In full precision.
    case full(first: [Float], second: [Float])
    /// In 8 bits.
    case eightBit(first: QuantizedMoment, second: QuantizedMoment)
}

/// Running means in a backend's memory.
public protocol ResidentMoments: AnyObject, Sendable {}

/// A backend that keeps parameters, gradients and optimizer state in its own memory from step to step.
public protocol ResidentOperations: FusedOperations {
    /// Running means in the backend's memory.
    func resident(_ moments: Moments) -> any ResidentMoments

    /// Running means from the backend's memory.
    ///
    /// - Throws: if an earlier operation has failed on the backend.
    func fetch(_ moments: any ResidentMoments) throws -> Moments

    /// Scales all gradients so that their common norm is `limit`, if it is larger.
    ///
    /// - Returns: the norm before.
    /// - Throws: if an earlier operation has failed on the backend.
    func clip(_ gradients: [Matrix], to limit: Double?) throws -> Double

    /// Updates a tensor by one step of AdamW.
    func update(
        _ parameters: Matrix, _ gradients: Matrix, _ moments: any ResidentMoments, by step: MomentStep)

    /// x moved along a direction, each element within ± epsilon · |x|:
    /// clamp(x + rate · direction / (‖direction‖ + 10⁻⁶) · (‖x‖ + 10⁻⁶)); x itself if the direction is zero.
    func moved(_ x: Matrix, along direction: Matrix, rate: Double, epsilon: Float) -> Matrix
}
