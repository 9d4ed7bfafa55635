// The declarations of target.cuh, and those of CUDA C++ itself, for the host: everything that kernels use besides C++.

#ifndef SLUICE_HOST_DEVICE_HPP
#define SLUICE_HOST_DEVICE_HPP

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>

#include "Block.hpp"

#define KERNEL static void
#define DEVICE inline
#define SHARED_BYTES(name) unsigned char *const name = ::sluice_host::sharedMemory
#define __shared__ static
#define __constant__ static const
#define __launch_bounds__(...)

namespace sluice_host {

using std::max;
using std::min;

struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(8) float2 {
    float x, y;
};
struct alignas(16) uint4 {
    unsigned x, y, z, w;
};
inline float2 make_float2(float x, float y) { return {x, y}; }
inline float4 make_float4(float x, float y, float z, float w) { return {x, y, z, w}; }
inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return {x, y, z, w}; }

inline float __uint_as_float(unsigned bits) {
    float result;
    std::memcpy(&result, &bits, 4);
    return result;
}
inline unsigned bitsOf(float x) {
    unsigned result;
    std::memcpy(&result, &x, 4);
    return result;
}

inline float __fadd_rn(float a, float b) { return a + b; }
inline float __fsub_rn(float a, float b) { return a - b; }
inline float __fmul_rn(float a, float b) { return a * b; }
inline float __fdiv_rn(float a, float b) { return a / b; }
inline float __fsqrt_rn(float x) { return std::sqrt(x); }

inline void __syncthreads() { waitForBlock(); }

template <class Number> Number __shfl_xor_sync(unsigned, Number x, int distance) {
    static_assert(sizeof(Number) % 4 == 0 && sizeof(Number) <= 4 * exchangeWords);
    std::uint32_t words[sizeof(Number) / 4];
    std::memcpy(words, &x, sizeof(Number));
    const std::uint32_t *lanes = exchange(words, sizeof(Number) / 4);
    std::memcpy(&x, lanes + (threadIdx.x % warpSize ^ static_cast<unsigned>(distance)) * exchangeWords, sizeof(Number));
    return x;
}

/// To the nearest, ties to even.
inline unsigned roundedBfloat16(float x) {
    const unsigned bits = bitsOf(x);
    if (x != x) return 0x7FFF;
    return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}
inline unsigned packed_bfloat16(float low, float high) { return roundedBfloat16(low) | roundedBfloat16(high) << 16; }
inline float halfOf(unsigned pair, unsigned half) { return __uint_as_float(half ? pair & 0xFFFF0000u : pair << 16); }

inline float power_of_two(float x) { return std::exp2(x); }
inline float reciprocal(float x) { return 1 / x; }

typedef unsigned int SharedAddress;
inline SharedAddress shared_address(const void *place) {
    return static_cast<SharedAddress>(static_cast<const unsigned char *>(place) - sharedMemory);
}
inline void copy_async(SharedAddress target, const void *source, bool exists) { beginCopy(target, source, exists); }
inline void commit_copies() { commitCopies(); }
template <int pending> void wait_for_copies() { finishCopies(pending); }

inline void load_tiles(unsigned (&tiles)[4], SharedAddress row) {
    const std::uint32_t *lanes = exchange(&row, 1);
    const unsigned lane = threadIdx.x % warpSize;
    for (unsigned tile = 0; tile < 4; tile++)
        std::memcpy(&tiles[tile], sharedMemory + lanes[(8 * tile + lane / 4) * exchangeWords] + lane % 4 * 4, 4);
}

inline void load_transposed_tiles(unsigned (&tiles)[4], SharedAddress row) {
    const std::uint32_t *lanes = exchange(&row, 1);
    const unsigned lane = threadIdx.x % warpSize;
    for (unsigned tile = 0; tile < 4; tile++) {
        unsigned short pair[2];
        for (unsigned index = 0; index < 2; index++)
            std::memcpy(&pair[index],
                        sharedMemory + lanes[(8 * tile + lane % 4 * 2 + index) * exchangeWords] + lane / 4 * 2, 2);
        tiles[tile] = pair[0] | static_cast<unsigned>(pair[1]) << 16;
    }
}

inline void multiply_tiles(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
    const std::uint32_t words[6] = {a[0], a[1], a[2], a[3], b0, b1};
    const std::uint32_t *lanes = exchange(words, 6);
    const unsigned lane = threadIdx.x % warpSize;
    for (unsigned index = 0; index < 4; index++) {
        const unsigned row = lane / 4, below = index / 2, column = lane % 4 * 2 + index % 2;
        for (unsigned k = 0; k < 16; k++) {
            const std::uint32_t left = lanes[(row * 4 + k % 8 / 2) * exchangeWords + below + k / 8 * 2];
            const std::uint32_t right = lanes[(column * 4 + k % 8 / 2) * exchangeWords + 4 + k / 8];
            c[index] += halfOf(left, k % 2) * halfOf(right, k % 2);
        }
    }
}

}  // namespace sluice_host

#endif
