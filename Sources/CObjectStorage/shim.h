#pragma once
// The interface between ObjectStorage (Swift) and Apache Arrow's file system for S3 (C++), which is loaded at run time.
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

// SwiftPM does not compile Swift code again when this file alone changes: touch ObjectStorage/ObjectStorage.swift.
#define SLUICE_OBJECT_STORAGE_VERSION 1

// Where the objects are.
struct sluice_storage_place {
    const char *endpoint; // host:port; "" for AWS
    const char *scheme;   // https or http
    const char *region;   // "" for the default
    int anonymous;        // 1: without credentials
};

enum { SLUICE_STORAGE_FAILED = 1, SLUICE_STORAGE_DENIED = 2 };

// Why something failed. The caller frees `text`.
struct sluice_storage_error {
    int code;
    char *text;
};

// Receives a listed object; `modified` is in nanoseconds since 1970.
typedef void (*sluice_storage_entry)(void *context, const char *path, int64_t size, int64_t modified);

// The functions, which may be called from any thread. They return 0, or 1 with an error. Paths begin with the bucket.
struct sluice_storage_functions {
    int version;
    int (*open)(const struct sluice_storage_place *place, void **storage, struct sluice_storage_error *error);
    void (*close)(void *storage);
    // Reads `count` bytes from `offset` on, or all if that is negative. `bytes` is NULL if there is no such object; otherwise,
    // the caller frees it.
    int (*read)(void *storage, const char *path, int64_t offset, int64_t count, int64_t limit, uint8_t **bytes,
                int64_t *size, struct sluice_storage_error *error);
    int (*write)(void *storage, const char *path, const uint8_t *bytes, int64_t count,
                 struct sluice_storage_error *error);
    // -1 if there is no such object.
    int (*size)(void *storage, const char *path, int64_t *size, struct sluice_storage_error *error);
    int (*list)(void *storage, const char *folder, sluice_storage_entry entry, void *context,
                struct sluice_storage_error *error);
    int (*remove)(void *storage, const char *path, struct sluice_storage_error *error);
    void (*free)(void *memory);
};

// The only symbol.
const struct sluice_storage_functions *sluice_object_storage(void);

#ifdef __cplusplus
}
#endif
