import Tensors

extension ModelFolder.Precision {
    /// What the setting of a stage that multiplies says.
    static let ofProducts =
        """
        What the factors of products with the model's weights are rounded to; bfloat16 is faster on processors that have it. \
        On a GPU it is always bfloat16.
        """

    /// The same for the products themselves.
    var products: ProcessorOperations.ProductPrecision { self == .float32 ? .float32 : .bfloat16 }
}
