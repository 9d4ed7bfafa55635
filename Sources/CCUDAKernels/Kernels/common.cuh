// What several kernels share. Everything is in row-major order; `width` is the distance between rows if it is not the number
// of columns. Sums go in a fixed order, so that equal launches give equal bytes.

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define INFINITE __uint_as_float(0x7F800000u)

/// The upper half of a single-precision number.
struct bf16 {
    unsigned short bits;
};

DEVICE float number(float x) { return x; }
DEVICE float number(bf16 x) { return __uint_as_float(static_cast<u32>(x.bits) << 16); }

DEVICE void assign(float *place, float x) { *place = x; }
DEVICE void assign(bf16 *place, float x) { place->bits = static_cast<unsigned short>(packed_bfloat16(x, 0) & 0xFFFF); }

/// Numbers that are read and written together: eight if the row length allows, otherwise one. Eight are 16 bytes of
/// bfloat16, and all buffers and rows are then aligned to 16 bytes.
template <int count> DEVICE void load(const float *place, float (&x)[count]) {
    if constexpr (count == 8) {
        const float4 low = *reinterpret_cast<const float4 *>(place);
        const float4 high = *reinterpret_cast<const float4 *>(place + 4);
        x[0] = low.x, x[1] = low.y, x[2] = low.z, x[3] = low.w;
        x[4] = high.x, x[5] = high.y, x[6] = high.z, x[7] = high.w;
    } else {
        for (int index = 0; index < count; index++) x[index] = place[index];
    }
}

template <int count> DEVICE void load(const bf16 *place, float (&x)[count]) {
    if constexpr (count == 8) {
        const uint4 bits = *reinterpret_cast<const uint4 *>(place);
        const u32 pairs[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
        for (int index = 0; index < 4; index++) {
            x[2 * index] = __uint_as_float(pairs[index] << 16);
            x[2 * index + 1] = __uint_as_float(pairs[index] & 0xFFFF0000u);
        }
    } else {
        for (int index = 0; index < count; index++) x[index] = number(place[index]);
    }
}

template <int count> DEVICE void store(float *place, const float (&x)[count]) {
    if constexpr (count == 8) {
        *reinterpret_cast<float4 *>(place) = make_float4(x[0], x[1], x[2], x[3]);
        *reinterpret_cast<float4 *>(place + 4) = make_float4(x[4], x[5], x[6], x[7]);
    } else {
        for (int index = 0; index < count; index++) place[index] = x[index];
    }
}

template <int count> DEVICE void store(bf16 *place, const float (&x)[count]) {
    if constexpr (count == 8) {
        *reinterpret_cast<uint4 *>(place) =
            make_uint4(packed_bfloat16(x[0], x[1]), packed_bfloat16(x[2], x[3]), packed_bfloat16(x[4], x[5]),
                       packed_bfloat16(x[6], x[7]));
    } else {
        for (int index = 0; index < count; index++) assign(place + index, x[index]);
    }
}

/// Calls body(first) for the first of every `step` numbers of a row, divided among a block's threads.
template <int step, class Body> DEVICE void each_column(int columns, Body body) {
    for (int column = static_cast<int>(threadIdx.x) * step; column < columns; column += static_cast<int>(blockDim.x) * step)
        body(column);
}

/// Calls body(first) for the first of every `step` of `count` numbers, divided among all threads of the grid.
template <int step, class Body> DEVICE void each_element(u64 count, Body body) {
    const u64 stride = static_cast<u64>(gridDim.x) * blockDim.x * step;
    for (u64 index = (static_cast<u64>(blockIdx.x) * blockDim.x + threadIdx.x) * step; index < count; index += stride)
        body(index);
}

DEVICE float warp_sum(float x) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(0xFFFFFFFFu, x, distance);
    return x;
}

DEVICE double warp_sum(double x) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) x += __shfl_xor_sync(0xFFFFFFFFu, x, distance);
    return x;
}

DEVICE float warp_maximum(float x) {
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2) x = fmaxf(x, __shfl_xor_sync(0xFFFFFFFFu, x, distance));
    return x;
}

/// The sum of a number of each thread of a block, for all its threads.
template <class Number> DEVICE Number block_sum(Number x) {
    __shared__ Number sums[32];
    const int lane = threadIdx.x % 32;
    const int warps = (blockDim.x + 31) / 32;
    x = warp_sum(x);
    __syncthreads();
    if (lane == 0) sums[threadIdx.x / 32] = x;
    __syncthreads();
    return warp_sum(lane < warps ? sums[lane] : Number(0));
}

/// The sums of two numbers of each thread of a block, for all its threads.
DEVICE float2 block_sums(float x, float y) {
    __shared__ float2 sums[32];
    const int lane = threadIdx.x % 32;
    const int warps = (blockDim.x + 31) / 32;
    x = warp_sum(x);
    y = warp_sum(y);
    __syncthreads();
    if (lane == 0) sums[threadIdx.x / 32] = make_float2(x, y);
    __syncthreads();
    const float2 own = lane < warps ? sums[lane] : make_float2(0, 0);
    return make_float2(warp_sum(own.x), warp_sum(own.y));
}

/// The largest of a number of each thread of a block, for all its threads.
DEVICE float block_maximum(float x) {
    __shared__ float maxima[32];
    const int lane = threadIdx.x % 32;
    const int warps = (blockDim.x + 31) / 32;
    x = warp_maximum(x);
    __syncthreads();
    if (lane == 0) maxima[threadIdx.x / 32] = x;
    __syncthreads();
    return warp_maximum(lane < warps ? maxima[lane] : maxima[0]);
}

/// tanh x, within 1e-7.
DEVICE float tangent(float x) { return 1 - 2 * reciprocal(1 + power_of_two(2.885390082f * x)); }

/// Instantiates a macro for each format of one, two or three arguments.
#define EACH_FORMAT(DEFINE) DEFINE(f32, float) DEFINE(bf16, bf16)
#define EACH_PAIR(DEFINE) \
    DEFINE(f32, float, f32, float) DEFINE(f32, float, bf16, bf16) DEFINE(bf16, bf16, f32, float) \
        DEFINE(bf16, bf16, bf16, bf16)
#define EACH_TRIPLE(DEFINE) \
    DEFINE(f32, float, f32, float, f32, float) DEFINE(f32, float, f32, float, bf16, bf16) \
        DEFINE(f32, float, bf16, bf16, f32, float) DEFINE(f32, float, bf16, bf16, bf16, bf16) \
        DEFINE(bf16, bf16, f32, float, f32, float) DEFINE(bf16, bf16, f32, float, bf16, bf16) \
        DEFINE(bf16, bf16, bf16, bf16, f32, float) DEFINE(bf16, bf16, bf16, bf16, bf16, bf16)
