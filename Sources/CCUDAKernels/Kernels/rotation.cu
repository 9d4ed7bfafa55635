// Rotary position embeddings.

/// Rotates the pairs (i, i + size / 2) of the first heads of each row, or rotates them back. A thread has `step` pairs.
template <int step>
DEVICE void rotate(bf16 *x, int rows, int width, int heads, int size, const int *places, const float *angles, float sign) {
    const int half = size / 2;
    const int per_row = heads * (half / step);
    each_element<1>(static_cast<u64>(rows) * per_row, [&](u64 task) {
        const u64 row = task / per_row;
        const int rest = static_cast<int>(task % per_row);
        const int index = rest % (half / step) * step;
        bf16 *low = x + row * width + rest / (half / step) * size + index;
        const float *cosines = angles + static_cast<u64>(places[row]) * size + index;
        float a[step], b[step], cosine[step], sine[step];
        load(low, a);
        load(low + half, b);
        load(cosines, cosine);
        load(cosines + half, sine);
#pragma unroll
        for (int part = 0; part < step; part++) {
            const float turned = a[part] * cosine[part] - b[part] * sign * sine[part];
            b[part] = b[part] * cosine[part] + a[part] * sign * sine[part];
            a[part] = turned;
        }
        store(low, a);
        store(low + half, b);
    });
}

KERNEL rotate_bf16(bf16 *x, int rows, int width, int heads, int size, const int *places, const float *angles, int back) {
    const float sign = back ? -1.0f : 1.0f;
    // Rows and halves of heads then begin at multiples of 16 bytes.
    if (size % 16 == 0 && width % 8 == 0) rotate<8>(x, rows, width, heads, size, places, angles, sign);
    else rotate<1>(x, rows, width, heads, size, places, angles, sign);
}
