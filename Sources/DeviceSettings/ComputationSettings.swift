public import StageKit
package import StageSchemas
public import Tensors

/// What a stage computes with, if it runs a model.
package struct ComputationSettings: SettingRecord {
    @Setting(
        """
        What the factors of products with the model's weights are rounded to; bfloat16 is faster on processors that have it. \
        On a GPU it is always bfloat16.
        """)
    package var precision = ProcessorOperations.ProductPrecision.float32

    @Setting(DeviceChoice.help)
    package var device = DeviceChoice.auto

    package init() {}
}

extension ProcessorOperations.ProductPrecision: SettingChoice {}
