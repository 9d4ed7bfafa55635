// Weights of 4 bits: two codes per byte, high four bits first; a scale per 64 elements, itself a code of 8 bits with a scale
// per 256 of them and a common offset (QLoRA's double quantization, bitsandbytes' layout).

/// The codes' values: quantiles of a normal distribution, scaled to ±1.
__constant__ float nf4_values[16] = {
    -1.0f,          -0.69619280099868774f, -0.52507305145263672f, -0.39491748809814453f, -0.28444138169288635f,
    -0.18477343022823334f, -0.091050036251544952f, 0.0f, 0.079580299556255341f, 0.16093020141124725f,
    0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.56261700391769409f, 0.72295683622360229f, 1.0f};

struct NF4 {
    const u8 *codes, *scale_codes;
    const float *group_scales;
    float offset;
    /// In shared memory: the values of the elements' codes, then of the scales'.
    const float *values, *scale_values;

    DEVICE float scale(u64 element) const {
        const u64 block = element / 64;
        return __fadd_rn(__fmul_rn(scale_values[scale_codes[block]], group_scales[block / 256]), offset);
    }
    DEVICE float operator[](u64 element) const {
        const u8 pair = codes[element / 2];
        return values[element % 2 == 0 ? pair >> 4 : pair & 15] * scale(element);
    }
    /// Eight elements from a multiple of eight on: four bytes of codes, and one scale.
    DEVICE void load_eight(u64 element, float (&x)[8]) const {
        const u32 bytes = *reinterpret_cast<const u32 *>(codes + element / 2);
        const float factor = scale(element);
#pragma unroll
        for (int index = 0; index < 4; index++) {
            x[2 * index] = values[bytes >> (8 * index + 4) & 15] * factor;
            x[2 * index + 1] = values[bytes >> (8 * index) & 15] * factor;
        }
    }
};

/// A block's tables; `tables` has room for 272 numbers.
DEVICE NF4 nf4(const u8 *codes, const u8 *scale_codes, const float *group_scales, float offset, const float *signed_values,
               float *tables) {
    for (int index = threadIdx.x; index < 256; index += blockDim.x) tables[16 + index] = signed_values[index];
    if (threadIdx.x < 16) tables[threadIdx.x] = nf4_values[threadIdx.x];
    __syncthreads();
    return {codes, scale_codes, group_scales, offset, tables, tables + 16};
}

/// y[i] = element first + i. A thread has four times eight elements at a time, so that several loads are under way; a block
/// has many pieces, so that its tables are made once.
template <class Number> DEVICE void expand(const NF4 &weights, u64 first, u64 count, Number *y) {
    const u32 part_size = blockDim.x * 8;
    for (u64 piece = static_cast<u64>(blockIdx.x) * 4 * part_size; piece < count;
         piece += static_cast<u64>(gridDim.x) * 4 * part_size) {
        const u64 start = piece + threadIdx.x * 8;
        if (first % 8 == 0 && piece + 4 * part_size <= count) {
            float numbers[4][8];
#pragma unroll
            for (int part = 0; part < 4; part++) weights.load_eight(first + start + part * part_size, numbers[part]);
#pragma unroll
            for (int part = 0; part < 4; part++) store(y + start + part * part_size, numbers[part]);
        } else {
            for (int part = 0; part < 4; part++)
                for (u64 index = start + part * part_size; index < min(count, start + part * part_size + 8); index++)
                    assign(y + index, weights[first + index]);
        }
    }
}

/// y[i] = scale · row tokens[i]. A block has a row.
template <class Number>
DEVICE void embed(const NF4 &weights, const int *tokens, float scale, Number *y, int columns) {
    const u64 first = static_cast<u64>(tokens[blockIdx.x]) * columns;
    Number *target = y + static_cast<u64>(blockIdx.x) * columns;
    each_column<1>(columns, [&](int column) { assign(target + column, weights[first + column] * scale); });
}

#define DEFINE_FORMAT(name, Number) \
    KERNEL expand_nf4_##name(const u8 *codes, const u8 *scale_codes, const float *group_scales, float offset, \
                             const float *signed_values, u64 first, u64 count, Number *y) { \
        __shared__ float tables[272]; \
        expand(nf4(codes, scale_codes, group_scales, offset, signed_values, tables), first, count, y); \
    } \
    KERNEL embed_nf4_##name(const u8 *codes, const u8 *scale_codes, const float *group_scales, float offset, \
                            const float *signed_values, const int *tokens, float scale, Number *y, int columns) { \
        __shared__ float tables[272]; \
        embed(nf4(codes, scale_codes, group_scales, offset, signed_values, tables), tokens, scale, y, columns); \
    }
EACH_FORMAT(DEFINE_FORMAT)
#undef DEFINE_FORMAT
