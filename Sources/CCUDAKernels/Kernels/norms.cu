// Root-mean-square norms and their backward passes, of rows and of heads.

/// The parts of a row that a thread keeps in registers; what goes beyond is read again.
#define KEPT_PARTS 4

/// y = gain ∘ x / √(mean x² + ε), or y += that. A block has a row.
template <int step, class X, class Y>
DEVICE void normalize_row(const X *x, const float *gain, float epsilon, int adding, Y *y, int columns) {
    float kept[KEPT_PARTS][step];
    float sum = 0;
    const int stride = blockDim.x * step;
    const int first = threadIdx.x * step;
#pragma unroll
    for (int part = 0; part < KEPT_PARTS; part++) {
        const int column = first + part * stride;
        if (column >= columns) continue;
        load(x + column, kept[part]);
#pragma unroll
        for (int index = 0; index < step; index++) sum += kept[part][index] * kept[part][index];
    }
    for (int column = first + KEPT_PARTS * stride; column < columns; column += stride) {
        float numbers[step];
        load(x + column, numbers);
        for (int index = 0; index < step; index++) sum += numbers[index] * numbers[index];
    }
    const float inverse = 1 / sqrtf(block_sum(sum) / columns + epsilon);
    auto write = [&](int column, const float(&numbers)[step]) {
        float gains[step], results[step];
        load(gain + column, gains);
        if (adding) load(y + column, results);
#pragma unroll
        for (int index = 0; index < step; index++) {
            const float result = numbers[index] * inverse * gains[index];
            results[index] = adding ? results[index] + result : result;
        }
        store(y + column, results);
    };
#pragma unroll
    for (int part = 0; part < KEPT_PARTS; part++) {
        const int column = first + part * stride;
        if (column < columns) write(column, kept[part]);
    }
    for (int column = first + KEPT_PARTS * stride; column < columns; column += stride) {
        float numbers[step];
        load(x + column, numbers);
        write(column, numbers);
    }
}

/// With r = 1 / √(mean x² + ε): dxⱼ = r gⱼ dyⱼ − xⱼ r³ (Σ gᵢ dyᵢ xᵢ) / n. A block has `count` rows, and a row of sums for
/// the gain's gradient. Rows are read twice, the second time from the cache: with few registers, many rows are under way.
template <int step, class X, class DY, class DX>
DEVICE void normalize_rows_backward(const X *x, const float *gain, float epsilon, const DY *dy, int adding, DX *dx,
                                    float *sums, int rows, int columns, int count) {
    const int first = blockIdx.x * count;
    const int last = min(first + count, rows);
    float *gain_sums = sums ? sums + static_cast<u64>(blockIdx.x) * columns : nullptr;
    for (int row = first; row < last; row++) {
        const X *source = x + static_cast<u64>(row) * columns;
        const DY *above = dy + static_cast<u64>(row) * columns;
        DX *target = dx + static_cast<u64>(row) * columns;
        float squares = 0, products = 0;
        each_column<step>(columns, [&](int column) {
            float numbers[step], slopes[step], gains[step];
            load(source + column, numbers);
            load(above + column, slopes);
            load(gain + column, gains);
#pragma unroll
            for (int index = 0; index < step; index++) {
                squares += numbers[index] * numbers[index];
                products += gains[index] * slopes[index] * numbers[index];
            }
        });
        const float2 both = block_sums(squares, products);
        const float inverse = 1 / sqrtf(both.x / columns + epsilon);
        const float slope = inverse * inverse * inverse * both.y / columns;
        each_column<step>(columns, [&](int column) {
            float numbers[step], slopes[step], gains[step], results[step];
            load(source + column, numbers);
            load(above + column, slopes);
            load(gain + column, gains);
            if (adding) load(target + column, results);
#pragma unroll
            for (int index = 0; index < step; index++) {
                const float result = inverse * gains[index] * slopes[index] - slope * numbers[index];
                results[index] = adding ? results[index] + result : result;
                gains[index] = slopes[index] * numbers[index] * inverse;
            }
            store(target + column, results);
            if (!gain_sums) return;
            if (row > first) {
                load(gain_sums + column, results);
#pragma unroll
                for (int index = 0; index < step; index++) gains[index] += results[index];
            }
            store(gain_sums + column, gains);
        });
    }
}

#define DEFINE_PAIR(x_name, X, y_name, Y) \
    KERNEL normalize_##x_name##_##y_name(const X *x, const float *gain, float epsilon, int adding, Y *y, int columns) { \
        const u64 first = static_cast<u64>(blockIdx.x) * columns; \
        if (columns % 8 == 0) normalize_row<8>(x + first, gain, epsilon, adding, y + first, columns); \
        else normalize_row<1>(x + first, gain, epsilon, adding, y + first, columns); \
    }
EACH_PAIR(DEFINE_PAIR)
#undef DEFINE_PAIR

#define DEFINE_TRIPLE(x_name, X, dy_name, DY, dx_name, DX) \
    KERNEL normalize_backward_##x_name##_##dy_name##_##dx_name( \
        const X *x, const float *gain, float epsilon, const DY *dy, int adding, DX *dx, float *sums, int rows, int columns, \
        int count) { \
        if (columns % 8 == 0) \
            normalize_rows_backward<8>(x, gain, epsilon, dy, adding, dx, sums, rows, columns, count); \
        else normalize_rows_backward<1>(x, gain, epsilon, dy, adding, dx, sums, rows, columns, count); \
    }
EACH_TRIPLE(DEFINE_TRIPLE)
#undef DEFINE_TRIPLE

/// Norms of the first `heads` heads of each row; the rest of the row is copied. A warp has a head.
KERNEL normalize_heads(const bf16 *x, bf16 *y, int rows, int width, int heads, int size, const float *gain, float epsilon) {
    const u64 per_row = width / size;
    const u64 task = static_cast<u64>(blockIdx.x) * (blockDim.x / 32) + threadIdx.x / 32;
    if (task >= rows * per_row) return;
    const int lane = threadIdx.x % 32;
    const bf16 *source = x + task * size;
    bf16 *target = y + task * size;
    float inverse = 0;
    if (task % per_row < static_cast<u64>(heads)) {
        float sum = 0;
        for (int index = lane; index < size; index += 32) sum += number(source[index]) * number(source[index]);
        inverse = 1 / sqrtf(warp_sum(sum) / size + epsilon);
    }
    for (int index = lane; index < size; index += 32) {
        if (task % per_row < static_cast<u64>(heads)) assign(target + index, number(source[index]) * inverse * gain[index]);
        else target[index] = source[index];
    }
}

/// The gradient of `normalize_heads` in place of its output's; a block has 32 rows, and a row of sums.
KERNEL normalize_heads_backward(const bf16 *x, bf16 *dy, int rows, int width, int heads, int size, const float *gain,
                                float epsilon, float *sums) {
    SHARED_BYTES(memory);
    float *totals = reinterpret_cast<float *>(memory);  // a row of `size` per warp
    const int warp = threadIdx.x / 32;
    const int warps = blockDim.x / 32;
    const int lane = threadIdx.x % 32;
    for (int index = lane; index < size; index += 32) totals[warp * size + index] = 0;
    const int first = blockIdx.x * 32;
    const int tasks = (min(first + 32, rows) - first) * heads;
    for (int task = warp; task < tasks; task += warps) {
        const u64 start = static_cast<u64>(first + task / heads) * width + static_cast<u64>(task % heads) * size;
        float squares = 0, products = 0;
        for (int index = lane; index < size; index += 32) {
            const float value = number(x[start + index]);
            squares += value * value;
            products += gain[index] * number(dy[start + index]) * value;
        }
        const float inverse = 1 / sqrtf(warp_sum(squares) / size + epsilon);
        const float slope = inverse * inverse * inverse * warp_sum(products) / size;
        for (int index = lane; index < size; index += 32) {
            const float value = number(x[start + index]);
            const float above = number(dy[start + index]);
            totals[warp * size + index] += above * value * inverse;
            assign(dy + start + index, inverse * gain[index] * above - slope * value);
        }
    }
    if (!sums) return;
    __syncthreads();
    for (int index = threadIdx.x; index < size; index += blockDim.x) {
        float total = 0;
        for (int other = 0; other < warps; other++) total += totals[other * size + index];
        sums[static_cast<u64>(blockIdx.x) * size + index] = total;
    }
}
