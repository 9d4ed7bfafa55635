/// Where a stage computes: the choices of the parameter `device`, with which a kind declares that it can use a GPU.
///
/// Results differ in their last digits, so the device must be part of the key. `auto` is therefore resolved when the pipeline
/// is read, by the stage's reservations and not by the machine: see Docs/decisions/0020-gpus.md.
public enum DeviceChoice: String, Sendable, CaseIterable {
    /// A GPU if the stage reserves one, otherwise the processor.
    case auto
    /// The processor.
    case cpu
    /// A GPU.
    case cuda

    private static let name = "device"

    /// Replaces `auto` in a stage's values.
    ///
    /// - Returns: what is wrong with the combination of device and resources, if anything is.
    static func resolve(_ values: inout [String: Value], of parameters: [Parameter], gpus: Int)
        -> ParameterProblem?
    {
        let choices = ParameterType.choice(allCases.map(\.rawValue))
        guard parameters.contains(where: { $0.name == name && $0.type == choices }),
            case .string(let text) = values[name], let choice = DeviceChoice(rawValue: text)
        else { return nil }
        if choice == .auto { values[name] = .string((gpus > 0 ? cuda : cpu).rawValue) }
        if choice == .cuda && gpus == 0 {
            return ParameterProblem(
                path: [name], message: "'cuda' requires a GPU: add `resources: { gpus: 1 }` to the stage")
        }
        if choice == .cpu && gpus > 0 {
            return ParameterProblem(
                path: [name],
                message: "'cpu' uses no GPU, but the stage reserves \(gpus); remove one of the two")
        }
        if choice != .cpu && gpus > 1 {
            return ParameterProblem(
                path: [name],
                message:
                    "one stage computes on one GPU, but it reserves \(gpus); folds run side by side on several"
            )
        }
        return nil
    }
}
