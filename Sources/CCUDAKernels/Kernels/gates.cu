// The gates of feed-forward layers: activation(x[:, ..< width]) ∘ x[:, width ...]. A block has a row.

struct Slope {
    float value, slope;
};

/// ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), and its derivative.
struct Gelu {
    static DEVICE Slope at(float x) {
        const float root = 0.79788456f;
        const float square = x * x;
        const float curve = tangent(root * x * (1 + 0.044715f * square));
        const float half = 0.5f * (1 + curve);
        const float inner = root * (1 + 3 * 0.044715f * square);
        return {x * half, half + 0.5f * x * (1 - curve * curve) * inner};
    }
};

/// x / (1 + e⁻ˣ), and its derivative.
struct Silu {
    static DEVICE Slope at(float x) {
        const float sigmoid = reciprocal(1 + power_of_two(-1.442695041f * x));
        return {x * sigmoid, sigmoid * (1 + x * (1 - sigmoid))};
    }
};

template <class Activation, int step> DEVICE void gate_row(const bf16 *x, bf16 *y, int width) {
    each_column<step>(width, [&](int column) {
        float gates[step], ups[step];
        load(x + column, gates);
        load(x + width + column, ups);
#pragma unroll
        for (int part = 0; part < step; part++) gates[part] = Activation::at(gates[part]).value * ups[part];
        store(y + column, gates);
    });
}

template <class Activation, int step> DEVICE void gate_row_backward(bf16 *x, const bf16 *dy, int width) {
    each_column<step>(width, [&](int column) {
        float gates[step], ups[step], above[step];
        load(x + column, gates);
        load(x + width + column, ups);
        load(dy + column, above);
#pragma unroll
        for (int part = 0; part < step; part++) {
            const Slope at = Activation::at(gates[part]);
            gates[part] = above[part] * ups[part] * at.slope;
            ups[part] = above[part] * at.value;
        }
        store(x + column, gates);
        store(x + width + column, ups);
    });
}

#define DEFINE_ACTIVATION(name, Activation) \
    KERNEL gate_##name(const bf16 *x, bf16 *y, int width) { \
        const u64 row = blockIdx.x; \
        if (width % 8 == 0) gate_row<Activation, 8>(x + row * 2 * width, y + row * width, width); \
        else gate_row<Activation, 1>(x + row * 2 * width, y + row * width, width); \
    } \
    KERNEL gate_backward_##name(bf16 *x, const bf16 *dy, int width) { \
        const u64 row = blockIdx.x; \
        if (width % 8 == 0) gate_row_backward<Activation, 8>(x + row * 2 * width, dy + row * width, width); \
        else gate_row_backward<Activation, 1>(x + row * 2 * width, dy + row * width, width); \
    }
DEFINE_ACTIVATION(gelu, Gelu)
DEFINE_ACTIVATION(silu, Silu)
#undef DEFINE_ACTIVATION
