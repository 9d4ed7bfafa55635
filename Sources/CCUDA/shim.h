#pragma once

#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>

// The functions used here of NVIDIA's driver, run-time compiler and matrix library. All three are loaded when a stage
// needs them: see Docs/decisions/0020-gpus.md. The declarations are our own, so that building needs no toolkit; the
// interfaces have been stable since CUDA 11.2.
typedef uint64_t sluice_address;
typedef struct sluice_handle *sluice_handle;

typedef struct {
    int (*init)(unsigned flags);
    int (*driver_version)(int *version);
    int (*error_name)(int code, const char **text);
    int (*error_text)(int code, const char **text);
    int (*device_count)(int *count);
    int (*device)(int *device, int ordinal);
    int (*device_name)(char *name, int length, int device);
    int (*device_memory)(size_t *bytes, int device);
    int (*device_attribute)(int *value, int attribute, int device);
    int (*context_retain)(sluice_handle *context, int device);
    int (*context_release)(int device);
    int (*context_use)(sluice_handle context);
    int (*memory_info)(size_t *available, size_t *total);
    int (*default_pool)(sluice_handle *pool, int device);
    int (*pool_set)(sluice_handle pool, int attribute, void *value);
    int (*pool_get)(sluice_handle pool, int attribute, void *value);
    int (*pool_trim)(sluice_handle pool, size_t kept);
    int (*allocate)(sluice_address *address, size_t bytes, sluice_handle stream);
    int (*release)(sluice_address address, sluice_handle stream);
    int (*upload)(sluice_address target, const void *source, size_t bytes, sluice_handle stream);
    int (*download)(void *target, sluice_address source, size_t bytes, sluice_handle stream);
    int (*copy)(sluice_address target, sluice_address source, size_t bytes, sluice_handle stream);
    int (*fill)(sluice_address target, unsigned char value, size_t bytes, sluice_handle stream);
    int (*stream_create)(sluice_handle *stream, unsigned flags);
    int (*stream_destroy)(sluice_handle stream);
    int (*stream_wait)(sluice_handle stream);
    int (*module_load)(sluice_handle *module, const void *image);
    int (*module_function)(sluice_handle *function, sluice_handle module, const char *name);
    int (*function_set)(sluice_handle function, int attribute, int value);
    int (*launch)(
        sluice_handle function, unsigned grid_x, unsigned grid_y, unsigned grid_z, unsigned block_x, unsigned block_y,
        unsigned block_z, unsigned shared_bytes, sluice_handle stream, void **arguments, void **extra);
} sluice_cuda_driver;

typedef struct {
    int (*version)(int *major, int *minor);
    const char *(*error_text)(int code);
    int (*create)(
        sluice_handle *program, const char *source, const char *name, int header_count, const char *const *headers,
        const char *const *header_names);
    int (*destroy)(sluice_handle *program);
    int (*compile)(sluice_handle program, int option_count, const char *const *options);
    int (*log_size)(sluice_handle program, size_t *bytes);
    int (*log)(sluice_handle program, char *text);
    int (*binary_size)(sluice_handle program, size_t *bytes);
    int (*binary)(sluice_handle program, char *bytes);
} sluice_cuda_compiler;

typedef struct {
    uint64_t data[8];
} sluice_product_algorithm;

typedef struct {
    sluice_product_algorithm algorithm;
    size_t workspace;
    int state;
    float waves;
    int reserved[4];
} sluice_product_choice;

typedef struct {
    size_t (*version)(void);
    int (*create)(sluice_handle *library);
    int (*destroy)(sluice_handle library);
    int (*product_create)(sluice_handle *product, int compute_type, int scale_type);
    int (*product_destroy)(sluice_handle product);
    int (*product_set)(sluice_handle product, int attribute, const void *value, size_t bytes);
    int (*layout_create)(sluice_handle *layout, int type, uint64_t rows, uint64_t columns, int64_t stride);
    int (*layout_destroy)(sluice_handle layout);
    int (*preference_create)(sluice_handle *preference);
    int (*preference_destroy)(sluice_handle preference);
    int (*preference_set)(sluice_handle preference, int attribute, const void *value, size_t bytes);
    int (*choose)(
        sluice_handle library, sluice_handle product, sluice_handle a, sluice_handle b, sluice_handle c,
        sluice_handle d, sluice_handle preference, int wanted, sluice_product_choice *choices, int *count);
    int (*multiply)(
        sluice_handle library, sluice_handle product, const void *alpha, sluice_address a, sluice_handle a_layout,
        sluice_address b, sluice_handle b_layout, const void *beta, sluice_address c, sluice_handle c_layout,
        sluice_address d, sluice_handle d_layout, const sluice_product_algorithm *algorithm, sluice_address workspace,
        size_t workspace_bytes, sluice_handle stream);
} sluice_cuda_products;

// Each fills a table, and returns the name of a function that the library lacks, or NULL. In C, because dlsym returns a
// data pointer.
#define SLUICE_CUDA_FIND(field, name)                                                                                 \
    if (!(table->field = (__typeof__(table->field))dlsym(library, name))) return name

static inline const char *sluice_cuda_load_driver(void *library, sluice_cuda_driver *table) {
    SLUICE_CUDA_FIND(init, "cuInit");
    SLUICE_CUDA_FIND(driver_version, "cuDriverGetVersion");
    SLUICE_CUDA_FIND(error_name, "cuGetErrorName");
    SLUICE_CUDA_FIND(error_text, "cuGetErrorString");
    SLUICE_CUDA_FIND(device_count, "cuDeviceGetCount");
    SLUICE_CUDA_FIND(device, "cuDeviceGet");
    SLUICE_CUDA_FIND(device_name, "cuDeviceGetName");
    SLUICE_CUDA_FIND(device_memory, "cuDeviceTotalMem_v2");
    SLUICE_CUDA_FIND(device_attribute, "cuDeviceGetAttribute");
    SLUICE_CUDA_FIND(context_retain, "cuDevicePrimaryCtxRetain");
    SLUICE_CUDA_FIND(context_release, "cuDevicePrimaryCtxRelease_v2");
    SLUICE_CUDA_FIND(context_use, "cuCtxSetCurrent");
    SLUICE_CUDA_FIND(memory_info, "cuMemGetInfo_v2");
    SLUICE_CUDA_FIND(default_pool, "cuDeviceGetDefaultMemPool");
    SLUICE_CUDA_FIND(pool_set, "cuMemPoolSetAttribute");
    SLUICE_CUDA_FIND(pool_get, "cuMemPoolGetAttribute");
    SLUICE_CUDA_FIND(pool_trim, "cuMemPoolTrimTo");
    SLUICE_CUDA_FIND(allocate, "cuMemAllocAsync");
    SLUICE_CUDA_FIND(release, "cuMemFreeAsync");
    SLUICE_CUDA_FIND(upload, "cuMemcpyHtoDAsync_v2");
    SLUICE_CUDA_FIND(download, "cuMemcpyDtoHAsync_v2");
    SLUICE_CUDA_FIND(copy, "cuMemcpyDtoDAsync_v2");
    SLUICE_CUDA_FIND(fill, "cuMemsetD8Async");
    SLUICE_CUDA_FIND(stream_create, "cuStreamCreate");
    SLUICE_CUDA_FIND(stream_destroy, "cuStreamDestroy_v2");
    SLUICE_CUDA_FIND(stream_wait, "cuStreamSynchronize");
    SLUICE_CUDA_FIND(module_load, "cuModuleLoadData");
    SLUICE_CUDA_FIND(module_function, "cuModuleGetFunction");
    SLUICE_CUDA_FIND(function_set, "cuFuncSetAttribute");
    SLUICE_CUDA_FIND(launch, "cuLaunchKernel");
    return 0;
}

static inline const char *sluice_cuda_load_compiler(void *library, sluice_cuda_compiler *table) {
    SLUICE_CUDA_FIND(version, "nvrtcVersion");
    SLUICE_CUDA_FIND(error_text, "nvrtcGetErrorString");
    SLUICE_CUDA_FIND(create, "nvrtcCreateProgram");
    SLUICE_CUDA_FIND(destroy, "nvrtcDestroyProgram");
    SLUICE_CUDA_FIND(compile, "nvrtcCompileProgram");
    SLUICE_CUDA_FIND(log_size, "nvrtcGetProgramLogSize");
    SLUICE_CUDA_FIND(log, "nvrtcGetProgramLog");
    SLUICE_CUDA_FIND(binary_size, "nvrtcGetCUBINSize");
    SLUICE_CUDA_FIND(binary, "nvrtcGetCUBIN");
    return 0;
}

static inline const char *sluice_cuda_load_products(void *library, sluice_cuda_products *table) {
    SLUICE_CUDA_FIND(version, "cublasLtGetVersion");
    SLUICE_CUDA_FIND(create, "cublasLtCreate");
    SLUICE_CUDA_FIND(destroy, "cublasLtDestroy");
    SLUICE_CUDA_FIND(product_create, "cublasLtMatmulDescCreate");
    SLUICE_CUDA_FIND(product_destroy, "cublasLtMatmulDescDestroy");
    SLUICE_CUDA_FIND(product_set, "cublasLtMatmulDescSetAttribute");
    SLUICE_CUDA_FIND(layout_create, "cublasLtMatrixLayoutCreate");
    SLUICE_CUDA_FIND(layout_destroy, "cublasLtMatrixLayoutDestroy");
    SLUICE_CUDA_FIND(preference_create, "cublasLtMatmulPreferenceCreate");
    SLUICE_CUDA_FIND(preference_destroy, "cublasLtMatmulPreferenceDestroy");
    SLUICE_CUDA_FIND(preference_set, "cublasLtMatmulPreferenceSetAttribute");
    SLUICE_CUDA_FIND(choose, "cublasLtMatmulAlgoGetHeuristic");
    SLUICE_CUDA_FIND(multiply, "cublasLtMatmul");
    return 0;
}
#undef SLUICE_CUDA_FIND
