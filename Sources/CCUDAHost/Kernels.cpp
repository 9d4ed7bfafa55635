// The CUDA kernels, compiled for the host, and a table of them.

#include <cstring>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "Device.hpp"
#include "cuda_host.h"

// The kernels' sources have an unusual file extension, and pragmas for unrolling that can be ignored here.
#pragma clang diagnostic ignored "-Wpass-failed"
#pragma clang diagnostic ignored "-Wunused-function"

namespace sluice_host {

#include "../CCUDAKernels/Kernels/common.cuh"
#include "../CCUDAKernels/Kernels/rows.cu"
#include "../CCUDAKernels/Kernels/norms.cu"
#include "../CCUDAKernels/Kernels/rotation.cu"
#include "../CCUDAKernels/Kernels/gates.cu"
#include "../CCUDAKernels/Kernels/losses.cu"
#include "../CCUDAKernels/Kernels/optimizing.cu"
#include "../CCUDAKernels/Kernels/nf4.cu"
#include "../CCUDAKernels/Kernels/attention.cuh"
#include "../CCUDAKernels/Kernels/attention.cu"
#include "../CCUDAKernels/Kernels/attention_tiles.cu"
#include "../CCUDAKernels/Kernels/attention_tiles_backward.cu"
#include "../CCUDAKernels/Kernels/attention_tiles_kernels.cu"

namespace {

template <class Value> constexpr char letter() {
    if (std::is_pointer_v<Value>) return 'p';
    if (std::is_same_v<Value, float>) return 'f';
    if (std::is_same_v<Value, double>) return 'd';
    return sizeof(Value) == 8 ? 'l' : 'i';
}

/// A kernel as one function of an array of arguments.
template <auto kernel> struct Call;
template <class... Parameters, void (*kernel)(Parameters...)> struct Call<kernel> {
    template <std::size_t... indices> static void call(void *const *arguments, std::index_sequence<indices...>) {
        kernel(*static_cast<std::remove_const_t<Parameters> *>(arguments[indices])...);
    }
    static void run(void *const *arguments) { call(arguments, std::index_sequence_for<Parameters...>{}); }
    static std::string signature() { return {letter<Parameters>()...}; }
};

struct Entry {
    void (*run)(void *const *);
    std::string signature;
};

#define ENTRY(name) {#name, {Call<name>::run, Call<name>::signature()}},
#define FORMAT_ENTRIES(name, Number) \
    ENTRY(add_bias_##name) ENTRY(bias_gradient_##name) ENTRY(cross_entropy_##name) ENTRY(expand_nf4_##name) \
        ENTRY(embed_nf4_##name)
#define PAIR_ENTRIES(x_name, X, y_name, Y) \
    ENTRY(convert_##x_name##_##y_name) ENTRY(add_##x_name##_##y_name) ENTRY(take_rows_##x_name##_##y_name) \
        ENTRY(scatter_##x_name##_##y_name) ENTRY(drop_##x_name##_##y_name) ENTRY(drop_backward_##x_name##_##y_name) \
            ENTRY(normalize_##x_name##_##y_name)
#define TRIPLE_ENTRIES(x_name, X, dy_name, DY, dx_name, DX) ENTRY(normalize_backward_##x_name##_##dy_name##_##dx_name)
#define SIZE_ENTRIES(size) ENTRY(attend_##size) ENTRY(attend_backward_queries_##size) ENTRY(attend_backward_keys_##size)

const std::unordered_map<std::string, Entry> &table() {
    static const std::unordered_map<std::string, Entry> table = {
        EACH_FORMAT(FORMAT_ENTRIES) EACH_PAIR(PAIR_ENTRIES) EACH_TRIPLE(TRIPLE_ENTRIES)
        ENTRY(scale_f32) ENTRY(prepend_bf16) ENTRY(sum_pieces)
        ENTRY(normalize_heads) ENTRY(normalize_heads_backward) ENTRY(rotate_bf16)
        ENTRY(gate_gelu) ENTRY(gate_silu) ENTRY(gate_backward_gelu) ENTRY(gate_backward_silu) ENTRY(cap_f32)
        ENTRY(sum_of_squares) ENTRY(sum_partial) ENTRY(clip_f32) ENTRY(adamw) ENTRY(adamw8) ENTRY(perturb)
        ENTRY(attend_plainly) ENTRY(attend_deltas) ENTRY(attend_backward_queries_plainly)
        ENTRY(attend_backward_keys_plainly) SIZE_ENTRIES(64) SIZE_ENTRIES(128) SIZE_ENTRIES(256)};
    return table;
}

int launchNamed(const char *name, const unsigned grid[3], const unsigned block[3], unsigned sharedBytes,
                void *const *arguments, bool descending) {
    const auto found = table().find(name);
    if (found == table().end()) return SLUICE_HOST_UNKNOWN;
    const unsigned long threads = static_cast<unsigned long>(block[0]) * block[1] * block[2];
    if (threads == 0 || threads > maximumThreads || threads % warpSize != 0 || sharedBytes > maximumSharedBytes)
        return SLUICE_HOST_TOO_LARGE;
    launch({found->second.run, arguments}, {grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]}, sharedBytes,
           descending);
    return SLUICE_HOST_DONE;
}

}  // namespace
}  // namespace sluice_host

extern "C" int sluice_host_kernel_launch(const char *name, const unsigned grid[3], const unsigned block[3],
                                         unsigned shared_bytes, void *const *arguments) {
    return sluice_host::launchNamed(name, grid, block, shared_bytes, arguments, false);
}

extern "C" int sluice_host_kernel_launch_descending(const char *name, const unsigned grid[3], const unsigned block[3],
                                                    unsigned shared_bytes, void *const *arguments) {
    return sluice_host::launchNamed(name, grid, block, shared_bytes, arguments, true);
}

extern "C" const char *sluice_host_kernel_signature(const char *name) {
    const auto found = sluice_host::table().find(name);
    return found == sluice_host::table().end() ? nullptr : found->second.signature.c_str();
}
