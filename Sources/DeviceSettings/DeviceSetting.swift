internal import CUDA
internal import DeviceTensors
public import StageKit
public import StageSchemas
package import Tensors

extension DeviceChoice: SettingChoice {}

extension DeviceChoice {
    /// What the parameter `device` means, for its documentation.
    package static let help =
        "Where to compute: `auto` is `cuda` for a stage that reserves a GPU, otherwise `cpu`."
}

extension DeviceChoice {
    /// The operations of a GPU; nil for the processor.
    ///
    /// `auto` is resolved when a pipeline is read; a stage that runs outside a pipeline computes on the processor.
    ///
    /// - Throws: `StageFailure` if no GPU can be used, or a library is missing.
    package func operations(_ context: StageContext) throws -> (any FusedOperations)? {
        guard self == .cuda else { return nil }
        do throws(DeviceError) {
            let device = try GPU()
            context.log("computing on \(device.name)")
            return DeviceOperations(device)
        } catch {
            throw StageFailure("device: \(error)")
        }
    }
}
