// The kernels per width of heads. Widths, and the sizes of tiles, are also in AttentionTiles.swift: 16 · parts · warps queries
// or keys per block of 32 · warps threads.

/// The width of heads is known when kernels are compiled; the parameter has the same value.
#define TILED(size) of_size(ATTENTION, size)
DEVICE Attention of_size(Attention by, int size) {
    by.size = size;
    return by;
}

#define DEFINE_SIZE(size, parts, keys, back_parts, back_keys) \
    KERNEL __launch_bounds__(128) attend_##size(ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values, \
                                                bf16 *output, float *logarithms) { \
        attend<size, parts, 4, keys>(TILED(size), queries, keys_values, output, logarithms); \
    } \
    KERNEL __launch_bounds__(128) \
        attend_backward_queries_##size(ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values, \
                                       const float *logarithms, const float *deltas, const bf16 *d_output, \
                                       bf16 *d_queries) { \
        attend_backward_queries<size, back_parts, 4, back_keys>(TILED(size), queries, keys_values, logarithms, deltas, \
                                                                d_output, d_queries); \
    }
DEFINE_SIZE(64, 1, 64, 1, 64)
DEFINE_SIZE(128, 1, 64, 1, 64)
DEFINE_SIZE(256, 1, 64, 1, 32)
#undef DEFINE_SIZE

#define KEYS_PARAMETERS \
    ATTENTION_PARAMETERS, const bf16 *queries, const bf16 *keys_values, const float *logarithms, const float *deltas, \
        const bf16 *d_output, bf16 *d_keys_values
#define KEYS_ARGUMENTS(size) TILED(size), queries, keys_values, logarithms, deltas, d_output, d_keys_values

KERNEL __launch_bounds__(256, 2) attend_backward_keys_64(KEYS_PARAMETERS) {
    attend_backward_keys<64, 1, 4, 64>(KEYS_ARGUMENTS(64));
}
KERNEL __launch_bounds__(256, 2) attend_backward_keys_128(KEYS_PARAMETERS) {
    attend_backward_keys<128, 1, 4, 32>(KEYS_ARGUMENTS(128));
}
KERNEL __launch_bounds__(256) attend_backward_keys_256(KEYS_PARAMETERS) {
    attend_backward_keys<256, 1, 4, 32>(KEYS_ARGUMENTS(256));
}
