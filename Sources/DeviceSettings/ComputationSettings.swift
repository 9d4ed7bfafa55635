public import StageKit
package import StageSchemas
public import Tensors

/// How a stage that runs a model computes.
package struct ComputationSettings: SettingRecord {
    @Setting(
        """
        The precision to which the inputs of products with the model's weights are rounded; bfloat16 is faster on processors \
        that support it. On a GPU it is always bfloat16.
        """)
    package var precision = ProcessorOperations.ProductPrecision.float32

    @Setting(DeviceChoice.help)
    package var device = DeviceChoice.auto

    package init() {}
}

extension ProcessorOperations.ProductPrecision: SettingChoice {}
