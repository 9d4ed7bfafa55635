// The kernels' sources, embedded in the program: they are compiled for the GPU when it is first used.

#include "cuda_kernels.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

#define SOURCE(name) static const unsigned char name##_source[] =

// clang-format off
SOURCE(target) {
#embed "Kernels/target.cuh"
};
SOURCE(common) {
#embed "Kernels/common.cuh"
};
SOURCE(rows) {
#embed "Kernels/rows.cu"
};
SOURCE(norms) {
#embed "Kernels/norms.cu"
};
SOURCE(rotation) {
#embed "Kernels/rotation.cu"
};
SOURCE(gates) {
#embed "Kernels/gates.cu"
};
SOURCE(losses) {
#embed "Kernels/losses.cu"
};
SOURCE(optimizing) {
#embed "Kernels/optimizing.cu"
};
SOURCE(nf4) {
#embed "Kernels/nf4.cu"
};
SOURCE(attention_layer) {
#embed "Kernels/attention.cuh"
};
SOURCE(attention) {
#embed "Kernels/attention.cu"
};
SOURCE(attention_tiles) {
#embed "Kernels/attention_tiles.cu"
};
SOURCE(attention_tiles_backward) {
#embed "Kernels/attention_tiles_backward.cu"
};
SOURCE(attention_tiles_kernels) {
#embed "Kernels/attention_tiles_kernels.cu"
};
// clang-format on

#define ENTRY(source) {#source, source##_source, sizeof source##_source}

const struct sluice_cuda_source *sluice_cuda_sources(size_t *count) {
    static const struct sluice_cuda_source sources[] = {
        ENTRY(target),
        ENTRY(common),
        ENTRY(rows),
        ENTRY(norms),
        ENTRY(rotation),
        ENTRY(gates),
        ENTRY(losses),
        ENTRY(optimizing),
        ENTRY(nf4),
        ENTRY(attention_layer),
        ENTRY(attention),
        ENTRY(attention_tiles),
        ENTRY(attention_tiles_backward),
        ENTRY(attention_tiles_kernels),
    };
    *count = sizeof sources / sizeof sources[0];
    return sources;
}
