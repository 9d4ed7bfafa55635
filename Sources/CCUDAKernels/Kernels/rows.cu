// Rows of matrices: copies, sums, embeddings, dropout. A block has a row unless it says otherwise.

template <int step, class X, class Y> DEVICE void convert(const X *x, Y *y, u64 count) {
    each_element<step>(count, [&](u64 index) {
        float numbers[step];
        load(x + index, numbers);
        store(y + index, numbers);
    });
}

template <int step, class X, class Y> DEVICE void add(const Y *y, X *x, u64 count) {
    each_element<step>(count, [&](u64 index) {
        float sums[step], numbers[step];
        load(x + index, sums);
        load(y + index, numbers);
#pragma unroll
        for (int part = 0; part < step; part++) sums[part] += numbers[part];
        store(x + index, sums);
    });
}

template <int step, class X, class Y> DEVICE void copy_row(const X *x, float scale, Y *y, int columns) {
    each_column<step>(columns, [&](int column) {
        float numbers[step];
        load(x + column, numbers);
#pragma unroll
        for (int part = 0; part < step; part++) numbers[part] *= scale;
        store(y + column, numbers);
    });
}

/// y[i] = scale · x[rows[i]].
template <class X, class Y> DEVICE void take_rows(const X *x, const int *rows, float scale, Y *y, int columns) {
    const X *source = x + static_cast<u64>(rows[blockIdx.x]) * columns;
    Y *target = y + static_cast<u64>(blockIdx.x) * columns;
    if (columns % 8 == 0) copy_row<8>(source, scale, target, columns);
    else copy_row<1>(source, scale, target, columns);
}

/// x[targets[b]] += scale · Σ y[order[i]] for i in starts[b] ..< starts[b + 1]: rows of one target, in their order.
template <int step, class Y, class X>
DEVICE void scatter_rows(const Y *y, const int *order, const int *starts, const int *targets, float scale, X *x, int columns) {
    X *target = x + static_cast<u64>(targets[blockIdx.x]) * columns;
    const int first = starts[blockIdx.x];
    const int last = starts[blockIdx.x + 1];
    each_column<step>(columns, [&](int column) {
        float sums[step], numbers[step];
        load(target + column, sums);
        for (int index = first; index < last; index++) {
            load(y + static_cast<u64>(order[index]) * columns + column, numbers);
#pragma unroll
            for (int part = 0; part < step; part++) sums[part] += scale * numbers[part];
        }
        store(target + column, sums);
    });
}

/// The random bits that decide whether an element is dropped; the same function as `Dropout` of module Tensors.
DEVICE u32 mixed(u32 x) {
    x ^= x >> 16;
    x *= 0x7FEB352Du;
    x ^= x >> 15;
    x *= 0x846CA68Bu;
    return x ^ (x >> 16);
}

/// y = x ∘ mask · scale, or y += that.
template <int step, bool adding, class X, class Y>
DEVICE void drop_row(const X *x, int position, u64 key, u32 threshold, float scale, Y *y, int columns) {
    const u32 row_key = mixed(static_cast<u32>(key) ^ mixed(static_cast<u32>(position)));
    const u32 upper_key = static_cast<u32>(key >> 32);
    each_column<step>(columns, [&](int column) {
        float numbers[step], results[step];
        load(x + column, numbers);
        if constexpr (adding) load(y + column, results);
#pragma unroll
        for (int part = 0; part < step; part++) {
            const u32 bits = mixed((static_cast<u32>(column + part) * 0x9E3779B9u + upper_key) ^ row_key);
            const float kept = numbers[part] * (bits >= threshold ? scale : 0);
            if constexpr (adding) results[part] += kept;
            else results[part] = kept;
        }
        store(y + column, results);
    });
}

template <bool adding, class X, class Y>
DEVICE void drop_rows(const X *x, const int *positions, u64 key, u32 threshold, float scale, Y *y, int columns) {
    const u64 first = static_cast<u64>(blockIdx.x) * columns;
    const int position = positions[blockIdx.x];
    if (columns % 8 == 0) drop_row<8, adding>(x + first, position, key, threshold, scale, y + first, columns);
    else drop_row<1, adding>(x + first, position, key, threshold, scale, y + first, columns);
}

#define DEFINE_PAIR(x_name, X, y_name, Y) \
    KERNEL convert_##x_name##_##y_name(const X *x, Y *y, u64 count) { \
        if (count % 8 == 0) convert<8>(x, y, count); \
        else convert<1>(x, y, count); \
    } \
    KERNEL add_##x_name##_##y_name(const X *y, Y *x, u64 count) { \
        if (count % 8 == 0) add<8>(y, x, count); \
        else add<1>(y, x, count); \
    } \
    KERNEL take_rows_##x_name##_##y_name(const X *x, const int *rows, float scale, Y *y, int columns) { \
        take_rows(x, rows, scale, y, columns); \
    } \
    KERNEL scatter_##x_name##_##y_name(const X *y, const int *order, const int *starts, const int *targets, float scale, \
                                       Y *x, int columns) { \
        if (columns % 8 == 0) scatter_rows<8>(y, order, starts, targets, scale, x, columns); \
        else scatter_rows<1>(y, order, starts, targets, scale, x, columns); \
    } \
    KERNEL drop_##x_name##_##y_name(const X *x, const int *positions, u64 key, u32 threshold, float scale, Y *y, \
                                    int columns) { \
        drop_rows<false>(x, positions, key, threshold, scale, y, columns); \
    } \
    KERNEL drop_backward_##x_name##_##y_name(const X *dy, const int *positions, u64 key, u32 threshold, float scale, \
                                             Y *dx, int columns) { \
        drop_rows<true>(dy, positions, key, threshold, scale, dx, columns); \
    }
EACH_PAIR(DEFINE_PAIR)
#undef DEFINE_PAIR

KERNEL scale_f32(float *x, float factor, u64 count) {
    each_element<1>(count, [&](u64 index) { x[index] *= factor; });
}

/// y[i] = x[sources[i]], or prefix[−1 − sources[i]] if that is negative.
KERNEL prepend_bf16(const bf16 *prefix, const bf16 *x, const int *sources, bf16 *y, int columns) {
    const int source = sources[blockIdx.x];
    const bf16 *row = source >= 0 ? x + static_cast<u64>(source) * columns : prefix + static_cast<u64>(-1 - source) * columns;
    bf16 *target = y + static_cast<u64>(blockIdx.x) * columns;
    if (columns % 8 == 0) copy_row<8>(row, 1, target, columns);
    else copy_row<1>(row, 1, target, columns);
}

/// gradient[c] += Σ sums[piece][c], in the order of the pieces. A thread has a column.
KERNEL sum_pieces(const float *sums, int pieces, int count, float *gradient) {
    const int column = blockIdx.x * blockDim.x + threadIdx.x;
    if (column >= count) return;
    float total = gradient[column];
    for (int piece = 0; piece < pieces; piece++) total += sums[static_cast<u64>(piece) * count + column];
    gradient[column] = total;
}

#define DEFINE_FORMAT(name, Number) \
    /** y[row][column + i] += bias[i]. */ \
    KERNEL add_bias_##name(const float *bias, int count, Number *y, int width, int column) { \
        Number *target = y + static_cast<u64>(blockIdx.x) * width + column; \
        each_column<1>(count, [&](int index) { assign(target + index, number(target[index]) + bias[index]); }); \
    } \
    /** sums[piece][i] = Σ dy[row][column + i] over the 32 rows of a piece. */ \
    KERNEL bias_gradient_##name(const Number *dy, int rows, int width, int column, int count, float *sums) { \
        const int first = blockIdx.x * 32; \
        const int last = min(first + 32, rows); \
        each_column<1>(count, [&](int index) { \
            float total = 0; \
            for (int row = first; row < last; row++) total += number(dy[static_cast<u64>(row) * width + column + index]); \
            sums[static_cast<u64>(blockIdx.x) * count + index] = total; \
        }); \
    }
EACH_FORMAT(DEFINE_FORMAT)
#undef DEFINE_FORMAT
