import StageSchemas
import Tensors

extension ProcessorOperations.ProductPrecision: SettingChoice {
    static let explanation =
        "What the factors of products with the model's weights are rounded to; bfloat16 is faster on processors that have it."
}
