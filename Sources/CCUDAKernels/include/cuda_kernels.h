#ifndef SLUICE_CUDA_KERNELS_H
#define SLUICE_CUDA_KERNELS_H

#include <stddef.h>

/// The source of a CUDA kernel file, or of one that others include.
struct sluice_cuda_source {
    const char *name;
    const unsigned char *bytes;
    size_t count;
};

/// All files of the folder Kernels.
const struct sluice_cuda_source *sluice_cuda_sources(size_t *count);

#endif
